import type { Writable } from 'node:stream'

/** Bytes of the log that may wait for whoever reads it. */
export const MAX_WAITING_BYTES = 1024 * 1024

/**
 * Writes the lines of a log. While more than {@link MAX_WAITING_BYTES} wait,
 * because whoever reads them stands still, they are dropped: the server goes
 * on, and so does its memory. `dropped` is told how many they were once there
 * is room again, and whoever reads may go for good.
 */
export function createLineWriter(stream: Writable, dropped: (lines: number) => void): (line: string) => void {
  stream.on('error', () => {})
  let lost = 0
  return (line) => {
    if (stream.writableLength > MAX_WAITING_BYTES) {
      lost += 1
      return
    }
    const lines = lost
    lost = 0
    if (lines > 0) dropped(lines)
    stream.write(`${line}\n`)
  }
}
