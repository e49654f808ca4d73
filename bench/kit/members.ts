import type { Members } from '../benches/rooms.ts'
import { nowMs } from './clock.ts'

/** How many members connect at once. */
const LANES = 32

/** Connects one member to its rooms; tells of every message that its application gets. */
export type EnterOne = (rooms: readonly string[], onMessage: () => void) => Promise<void>

/** Many members in one process. */
export function membersOf(enterOne: EnterOne): Members {
  let messages = 0
  let lastAtMs = 0
  const onMessage = () => {
    messages++
    lastAtMs = nowMs()
  }
  return {
    async enter(rooms) {
      const left = rooms.values()
      const lane = async () => {
        for (const own of left) await enterOne(own, onMessage)
      }
      await Promise.all(Array.from({ length: LANES }, lane))
    },
    delivered: () => ({ messages, lastAtMs }),
  }
}
