/** Frames that no honest client sends, and honest ones at the wrong time, drawn from a seed. */
export class BadFrames {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T
  }

  /** An event of a session and its arguments. */
  next(): [string, ...unknown[]] {
    const event = this.#pick(['star', 'star', 'star', 'star', 'star', 'star-volatile', 'dop'])
    if (this.#random() < 0.2) return ['star', [0, this.#pick([1, 1, 1, 2])], [this.#message()]]
    if (event !== 'star') return [event, ...this.#nonsense(2)]
    return this.#random() < 0.15 ? [event, ...this.#nonsense(3)] : [event, this.#head(), ...this.#payloads()]
  }

  #head(): unknown {
    const kind = this.#pick([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, -1])
    const head: unknown[] = [kind, this.#integer()]
    if (kind === 2) for (let n = 0; n < 4; n++) head.push(this.#pick([0, 1, 1, 1, this.#integer()]))
    if (this.#random() < 0.7)
      for (let n = 0; n < 4; n++) head.push(this.#pick([0, 0, 1, 1e6, this.#integer()]))
    for (let n = this.#pick([0, 0, 0, 2, 3, 400]); n > 0; n--) head.push(this.#integer())
    if (this.#random() < 0.1) head[this.#below(head.length)] = this.#value()
    return head
  }

  #integer(): number {
    return this.#pick([0, 1, 2, 3, -1, -2, 2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 53, 0.5, this.#below(100)])
  }

  #payloads(): unknown[] {
    const count = this.#pick(COUNTS)
    if (count > 2) return [Array.from({ length: count }, () => '["chat",1]')]
    if (count === 0) return []
    return [Array.from({ length: count }, () => (this.#random() < 0.7 ? this.#message() : this.#value()))]
  }

  #message(): string {
    if (this.#random() < 0.9) return this.#pick(MESSAGES)
    return JSON.stringify([this.#value(), this.#value()])
  }

  #nonsense(most: number): unknown[] {
    return Array.from({ length: this.#below(most + 1) }, () => this.#value())
  }

  #value(): unknown {
    return this.#pick(VALUES)
  }
}

const COUNTS = [...Array.from({ length: 20 }, () => 1), 0, 0, 0, 2, 2, 2, 1_025]

const MESSAGES: readonly string[] = [
  '["chat",1]',
  '["__proto__",1]',
  '["end"]',
  '[1,1,"chat"]',
  '[1,0,"chat"]',
  '[2,7,null]',
  '[2,1,"ERR_X"]',
  '[3,"room","e",0]',
  '[3,"room","e",0,1]',
  '[3,"room",0,-1,1]',
  '[3,"room","e",1,1,1,[]]',
  '[4,"room"]',
  '[99]',
  '[]',
  '{}',
  'null',
  '"chat"',
  '[',
  '',
  `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
]

const VALUES: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -1,
  Number.NaN,
  'x',
  '',
  'A'.repeat(22),
  'A'.repeat(44),
  'x'.repeat(10_000),
  [],
  {},
  [[[[]]]],
  { length: 1e9 },
  { toJSON: 1 },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  Buffer.alloc(3),
  ['["a"]', Buffer.alloc(1)],
  ['["a",{"_placeholder":true,"num":5}]', Buffer.alloc(1)],
  Array.from({ length: 2_000 }, () => 0),
  [1, 'x', 1],
  () => {},
]
