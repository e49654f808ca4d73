import { readSync, writeSync } from 'node:fs'

/** Bytes that are read, and gathered before they are written, at once. */
const PIECE_BYTES = 1024 * 1024
const LINE_BREAK = 0x0a

/**
 * Writes texts without line breaks as lines, a few at a time.
 *
 * @throws the system's error
 */
export function writeLines(handle: number, lines: Iterable<string>): void {
  let waiting: string[] = []
  let units = 0
  const flush = (): void => {
    const bytes = Buffer.from(waiting.join(''))
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
    waiting = []
    units = 0
  }
  for (const line of lines) {
    waiting.push(line, '\n')
    units += line.length
    if (units >= PIECE_BYTES) flush()
  }
  flush()
}

/**
 * Reads lines, one after the other. What stands behind the last line break is
 * no line: it was not written to its end.
 *
 * @throws the system's error
 */
export function* linesOf(handle: number): Generator<Buffer> {
  const piece = Buffer.alloc(PIECE_BYTES)
  let begun: Buffer[] = []
  for (;;) {
    const bytes = piece.subarray(0, readSync(handle, piece))
    if (bytes.length === 0) return
    let from = 0
    for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, from)) {
      yield Buffer.concat([...begun, bytes.subarray(from, end)])
      begun = []
      from = end + 1
    }
    // the next piece comes into the same bytes
    if (from < bytes.length) begun.push(Buffer.from(bytes.subarray(from)))
  }
}
