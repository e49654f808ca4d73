import type { Person } from './person.ts'

export type TransferState = 'waiting' | 'moving' | 'checking' | 'done' | 'declined' | 'cancelled' | 'failed'

const ENDED: readonly TransferState[] = ['done', 'declined', 'cancelled', 'failed']
/** The speed shown is that of the last seconds. */
const SPEED_OVER_MS = 3_000
const SAMPLE_EVERY_MS = 250

/** One file on its way, in or out. The card in the conversation shows it. */
export class Transfer {
  state: TransferState = 'waiting'
  /** Out: what the other page acknowledged. In: what arrived. */
  bytes = 0
  sha256 = ''
  /** Why it ended, when it did not end well. */
  reason = ''
  /** The received file, once it is complete and its hash was right. */
  blob: Blob | undefined
  /** The file that is sent, for sending it again. */
  file: File | undefined
  readonly direction: 'in' | 'out'
  readonly person: Person
  readonly name: string
  readonly size: number
  /** Resolves when the person at this page accepts or declines. */
  readonly decision: Promise<'accept' | 'decline'>
  decide: (choice: 'accept' | 'decline') => void = () => {}
  readonly #cancel = new AbortController()
  readonly #onChange: (transfer: Transfer) => void
  #samples: { at: number; bytes: number }[] = []
  #startedAt = 0
  #endedAt = 0

  constructor(
    direction: 'in' | 'out',
    person: Person,
    file: { readonly name: string; readonly size: number },
    onChange: (transfer: Transfer) => void,
  ) {
    this.direction = direction
    this.person = person
    this.name = file.name
    this.size = file.size
    this.#onChange = onChange
    this.decision = new Promise((resolve) => (this.decide = resolve))
  }

  /** Aborted when the person at this page cancels. */
  get cancelled(): AbortSignal {
    return this.#cancel.signal
  }

  get ended(): boolean {
    return ENDED.includes(this.state)
  }

  cancel(): void {
    this.#cancel.abort()
  }

  set(state: TransferState, reason = ''): void {
    if (this.ended) return
    if (state === 'moving') this.#startedAt = performance.now()
    this.state = state
    this.reason = reason
    if (this.ended) this.#endedAt = performance.now()
    this.#onChange(this)
  }

  progress(bytes: number): void {
    this.bytes = bytes
    const now = performance.now()
    const last = this.#samples.at(-1)
    if (last === undefined || now - last.at >= SAMPLE_EVERY_MS) this.#samples.push({ at: now, bytes })
    while ((this.#samples[0]?.at ?? now) < now - SPEED_OVER_MS) this.#samples.shift()
    this.#onChange(this)
  }

  /** Bytes a second: lately while it moves, over all once it has ended. */
  get speed(): number {
    const first = this.#samples[0]
    const now = this.ended ? this.#endedAt : performance.now()
    if (this.ended || first === undefined) return rate(this.bytes, now - this.#startedAt)
    return rate(this.bytes - first.bytes, now - first.at)
  }

  get seconds(): number {
    return (this.#endedAt - this.#startedAt) / 1000
  }
}

function rate(bytes: number, ms: number): number {
  return ms <= 0 ? 0 : (bytes * 1000) / ms
}
