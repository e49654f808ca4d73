import type { Oracle } from './oracle.ts'

/** One message of so many has binaries with it, where a scenario has any. */
const ONE_IN = 3
/** The most bytes that go with a text, less one. */
const LENGTHS = 200

/** What travels beside a text, and follows from it: whoever hears the text knows whether all of it has come. */
export class Contents {
  readonly #binary: boolean
  readonly #oracle: Oracle

  constructor(scenario: { readonly binary: boolean }, oracle: Oracle) {
    this.#binary = scenario.binary
    this.#oracle = oracle
  }

  /** The arguments of a message. */
  of(text: string): unknown[] {
    const bytes = this.#bytesOf(text)
    return bytes === undefined ? [text] : [text, { deep: [bytes] }, bytes]
  }

  /** What came with a text is what was sent with it. */
  check(text: unknown, rest: readonly unknown[]): void {
    const expected = this.of(String(text)).slice(1)
    if (plain(rest) === plain(expected)) return
    this.#oracle.fail(`with ${String(text).slice(0, 30)} came ${plain(rest).slice(0, 80)}`)
  }

  /** The same of what is handed back; what `send` took is a text alone. */
  checkBack(events: readonly unknown[][]): void {
    for (const [name, text, ...rest] of events) if (name !== 'message') this.check(text, rest)
  }

  #bytesOf(text: string): Uint8Array | undefined {
    if (!this.#binary) return undefined
    const hash = hashOf(text.replace(/x+$/, ''))
    return hash % ONE_IN > 0
      ? undefined
      : Uint8Array.from({ length: hash % LENGTHS }, (_, at) => (hash >> (at % 24)) & 255)
  }
}

/** All of it as text; bytes of any kind as what they are. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, item) => {
    const isBytes = item instanceof ArrayBuffer || item instanceof Uint8Array
    const bytes = item?.type === 'Buffer' ? item.data : isBytes ? new Uint8Array(item) : undefined
    return bytes === undefined ? item : `bytes ${Array.from(bytes as Uint8Array)}`
  })
}

/** FNV-1a, of 31 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 1
}
