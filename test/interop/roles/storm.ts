import { describeError, type ErrorReport } from './commands.ts'
import { type PullDuplex, receiveAll, sendSeeded } from './streams.ts'

/** What a storm of dials came to. */
export interface StormOutcome {
  readonly finished: number
  readonly failed: number
  readonly firstError?: ErrorReport
}

/** Writes everything back that comes in. */
export function echoAll(duplex: PullDuplex): void {
  duplex.sink(duplex.source)
}

/** Dials `count` times, at most `concurrency` at once, and has `bytes` echoed on each stream until both its ends. */
export async function dialStorm(
  dial: () => Promise<PullDuplex>,
  { count, concurrency, bytes }: { count: number; concurrency: number; bytes: number },
): Promise<StormOutcome> {
  let started = 0
  let finished = 0
  let firstError: ErrorReport | undefined
  const worker = async () => {
    while (started < count) {
      const plan = { seed: `dial ${started++}`, bytes, chunkBytes: bytes }
      try {
        const stream = await dial()
        const [sent, received] = await Promise.all([sendSeeded(stream, plan), receiveAll(stream)])
        if (sent.sha256 !== received.sha256) throw new Error('the echo differs')
        finished++
      } catch (error) {
        firstError ??= describeError(error)
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return { finished, failed: count - finished, ...(firstError && { firstError }) }
}
