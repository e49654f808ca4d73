import type { Clients } from '../benches/sessions.ts'

/** How many clients of a process connect at once. */
const LANES = 32

/** Connects one client; the answer closes it. */
export type ConnectOne = () => Promise<() => void>

/** Many idle clients in one process. */
export function clientsOf(connectOne: ConnectOne): Clients {
  const open: (() => void)[] = []
  return {
    async connect(count) {
      let left = count
      const lane = async () => {
        while (left-- > 0) open.push(await connectOne())
      }
      await Promise.all(Array.from({ length: LANES }, lane))
    },
    async disconnect() {
      for (const close of open.splice(0)) close()
    },
  }
}
