import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** A mebibyte. */
export const MIB = 1024 * 1024

const SAMPLE_EVERY_MS = 20

/** Watches the resident memory of a process from outside of it. */
export class RssWatch {
  readonly #pid: number
  /** The kernel keeps the high-water mark since the start; where it lets us reset it no peak escapes. */
  readonly #exact: boolean
  readonly #timer: NodeJS.Timeout
  readonly #baseBytes: number
  #peakBytes: number

  constructor(pid: number) {
    this.#pid = pid
    this.#exact = resetPeak(pid)
    this.#baseBytes = readStatus(pid, 'VmRSS')
    this.#peakBytes = this.#baseBytes
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS)
  }

  /** What the process held when the watch began, in bytes. */
  get baseBytes(): number {
    return this.#baseBytes
  }

  /** How far it has risen above its base at most, in bytes. */
  get risenBytes(): number {
    this.#sample()
    return this.#peakBytes - this.#baseBytes
  }

  /** How far it is above its base now, in bytes. */
  get aboveBytes(): number {
    return readStatus(this.#pid, 'VmRSS') - this.#baseBytes
  }

  /** Waits until the process is at most `bytes` above its base, no longer than `limitMs`; the answer is where it ended. */
  async fallenTo(bytes: number, limitMs: number): Promise<number> {
    const deadline = performance.now() + limitMs
    while (this.aboveBytes > bytes && performance.now() < deadline) await delay(SAMPLE_EVERY_MS)
    return this.aboveBytes
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const now = readStatus(this.#pid, this.#exact ? 'VmHWM' : 'VmRSS')
    this.#peakBytes = Math.max(this.#peakBytes, now)
  }
}

/** What a process holds now, in bytes. */
export function residentBytes(pid: number): number {
  return readStatus(pid, 'VmRSS')
}

function resetPeak(pid: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    return true
  } catch {
    return false
  }
}

function readStatus(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (line?.[1] === undefined) throw new Error(`no ${field} for process ${pid}`)
  return Number(line[1]) * 1024
}
