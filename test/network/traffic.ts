import { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import { until } from './until.ts'

/** One end of a session, the client's or the server's. */
export interface End {
  emit(event: string, ...args: unknown[]): boolean
  on(event: string, listener: (...args: never[]) => void): unknown
}

const LARGEST_BURST = 60
const EVENT = 'number'

/** Numbered messages in one direction; whatever does not arrive as the next one is a problem. */
class Way {
  sent = 0
  received = 0
  readonly problems: string[] = []
  /** How far the sender may go. */
  allowed = 0
  #from: End | undefined
  #full = false

  /** Sends from this end from now on; from none, when it is gone. */
  from(end: End | undefined): void {
    this.#from = end
    this.#full = false
    end?.on('drain', () => {
      this.#full = false
    })
  }

  to(end: End): void {
    end.on(EVENT, ((n: number, text: string) => this.#take(n, text)) as (...args: never[]) => void)
  }

  /** Emits some messages in one turn, unless it has to wait. */
  burst(random: Random): void {
    const end = Math.min(this.allowed, this.sent + random.int(1, LARGEST_BURST))
    while (!this.#full && this.#from !== undefined && this.sent < end) {
      const more = this.#from.emit(EVENT, this.sent + 1, textOf(this.sent + 1))
      this.sent += 1
      this.#full = !more
    }
  }

  #take(n: number, text: string): void {
    if (n !== this.received + 1) this.problems.push(`${n} after ${this.received}`)
    if (text !== textOf(n)) this.problems.push(`${n} carries ${text}`)
    this.received = n
  }
}

/** Messages both ways, as many a turn as a seed says. */
export class Traffic {
  readonly up = new Way()
  readonly down = new Way()
  #random = new Random(1)
  #running: NodeJS.Immediate | undefined

  seed(seed: number): void {
    this.#random = new Random(seed)
  }

  /** How many have arrived in the direction in which fewer have. */
  get received(): number {
    return Math.min(this.up.received, this.down.received)
  }

  get problems(): string[] {
    return [...this.up.problems, ...this.down.problems]
  }

  /** Lets both senders go so far. */
  allow(messages: number): void {
    this.up.allowed = this.down.allowed = messages
  }

  start(): void {
    if (this.#running === undefined) this.#turn()
  }

  /** One message each way, in this turn; it counts with the others. */
  once(): void {
    this.allow(Math.max(this.up.sent, this.down.sent) + 1)
    this.up.burst(this.#random)
    this.down.burst(this.#random)
  }

  /** Resolves when so many have arrived each way, and nothing goes on. */
  async run(messages: number): Promise<void> {
    this.allow(messages)
    this.start()
    await until(() => this.received >= messages)
    this.stop()
  }

  stop(): void {
    clearImmediate(this.#running)
    this.#running = undefined
  }

  #turn(): void {
    this.#running = setImmediate(() => {
      this.up.burst(this.#random)
      this.down.burst(this.#random)
      this.#turn()
    })
  }
}

function textOf(n: number): string {
  return String(n).padStart(80, '.')
}
