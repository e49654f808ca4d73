/** Values that no request asks for, as JSON text, drawn from a seed. */
export class Nonsense {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }

  /** A JSON text. */
  value(): string {
    return this.pick(SHAPES)(this)
  }

  /** The arguments of an event, as the inside of a JSON array, of a random arity. */
  args(plausible: () => string): string {
    const count = this.chance(0.02) ? this.below(200) : this.below(7)
    const values = Array.from({ length: count }, () => (this.chance(0.5) ? plausible() : this.value()))
    return values.map((value) => `,${value}`).join('')
  }
}

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'length',
]
const ADDRESSES = [
  '/',
  '/ip4',
  '/ip4/1.2.3.4/tcp/-1/ws',
  '/ip4/999.1.1.1/tcp/1/ws/p2p-websocket-star',
  '/ip4/127.0.0.1/tcp/1/ws/p2p-websocket-star/ipfs/__proto__',
  '/ip4/127.0.0.1/tcp/1/ws/p2p-websocket-star/p2p/Qm',
  '/ip4/127.0.0.1/tcp/99999999999/ws/p2p-websocket-star',
  '/dns4/\u0000/tcp/1/ws/p2p-websocket-star',
  '/unix/%2ftmp%2fx',
  `/ip4/127.0.0.1${'/ws'.repeat(150)}`,
]

const SHAPES: readonly ((nonsense: Nonsense) => string)[] = [
  () => 'null',
  () => 'true',
  () => 'false',
  (n) => String(n.pick([0, -1, 1e308, 2 ** 53, 0.1, -0])),
  () => '""',
  (n) => JSON.stringify(n.pick(NAMES)),
  (n) => JSON.stringify(n.pick(ADDRESSES)),
  (n) => JSON.stringify('x'.repeat(n.below(300))),
  (n) => JSON.stringify('/ip4/1.2.3.4'.repeat(n.below(2000))),
  (n) => JSON.stringify(String.fromCharCode(n.below(65_536)).repeat(8)),
  (n) => JSON.stringify('0123456789abcdef'.repeat(n.below(600))),
  () => '[]',
  () => '{}',
  (n) => `{${JSON.stringify(n.pick(NAMES))}:${n.chance(0.5) ? n.value() : '1'}}`,
  (n) => `[${'0,'.repeat(n.below(500))}0]`,
  (n) => {
    const depth = n.below(3000)
    return '['.repeat(depth) + ']'.repeat(depth) || '0'
  },
  (n) => {
    const depth = n.below(1000)
    return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  },
  () => '{"toString":1,"length":-1,"then":{}}',
  () => '{"type":"Buffer","data":[1,2,3]}',
  () => '{"_placeholder":true,"num":7}',
]
