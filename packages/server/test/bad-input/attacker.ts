import { FakeEnvironment } from '../support/fake-environment.ts'
import type { Identity } from '../support/identity.ts'
import { Nonsense } from './nonsense.ts'
import { RawClient } from './raw-client.ts'

const EVENTS = ['ss-join', 'ss-leave', 'ss-dial', 'ss-watch', 'ss-incomming', 'ws-peer', 'ss-peers']
const VERBS = ['accept', 'queue', 'error']
/** Events that are sent before the attacker looks whether it is still connected. */
const BURST = 64
/** More than this is not queued on the attacker's own side. */
const MAX_BACKLOG_BYTES = 1_000_000
const OVERSIZED_BYTES = 1_100_000

export interface Targets {
  /** Addresses of peers that are online and not the attacker's. */
  readonly victims: readonly string[]
  /** The id of a stream that two of them have open. */
  readonly streamId: string
}

/** Sends malformed, forged, replayed and untimely events until told that it is enough; comes back when thrown out. */
export class Attacker {
  readonly client: RawClient
  readonly #identity: Identity
  readonly #nonsense: Nonsense
  readonly #targets: Targets
  /** Nonces and signatures, its own and stolen, for replays. */
  readonly #loot: string[] = []
  #sent = 0
  #ackId = 0

  constructor(seed: number, port: number, identity: Identity, targets: Targets) {
    this.#identity = identity
    this.#targets = targets
    this.#nonsense = new Nonsense(new FakeEnvironment(seed).random)
    this.client = new RawClient(port, (packet) => this.#onPacket(packet))
  }

  /** Sends that many events. */
  async attack(events: number): Promise<void> {
    const end = this.#sent + events
    while (this.#sent < end) {
      if (!this.client.connected) await this.client.connect().catch(() => {})
      for (let n = 0; n < BURST && this.client.connected; n += 1) this.#sendOne()
      do await new Promise((resolve) => setImmediate(resolve))
      while (this.client.connected && this.client.backlog > MAX_BACKLOG_BYTES)
    }
  }

  #sendOne(): void {
    const nonsense = this.#nonsense
    this.#sent += 1
    if (nonsense.chance(0.1)) this.#join()
    else if (nonsense.chance(0.05)) this.#dial()
    else this.client.send(...this.#packets())
  }

  #packets(): (string | Buffer)[] {
    const nonsense = this.#nonsense
    if (nonsense.chance(0.0005)) return [nonsense.pick(BROKEN_PACKETS)]
    if (nonsense.chance(0.00005)) return [`42["ss-join","${'x'.repeat(OVERSIZED_BYTES)}"]`]
    if (nonsense.chance(0.0001)) return [`42["ss-dial"${',0'.repeat(100_000)}]`]
    // a session's handshake ends with the first mistake: more of these, and little else would be tried
    if (nonsense.chance(0.002)) return [`42["dop"${nonsense.args(() => this.#plausible())}]`]
    if (nonsense.chance(0.05)) return [`43${nonsense.below(50)}[${nonsense.value()}]`]
    const args = nonsense.args(() => this.#plausible())
    if (nonsense.chance(0.03)) {
      const head = `451-["${this.#eventName()}",{"_placeholder":true,"num":0}`
      return [`${head}${args}]`, Buffer.alloc(nonsense.below(2000))]
    }
    const id = nonsense.chance(0.7) ? this.#nextAck() : ''
    return [`42${id}["${this.#eventName()}"${args}]`]
  }

  /** A join with the right key: what comes back is answered, rightly or not, in {@link #onPacket}. */
  #join(): void {
    const { publicKeyHex } = this.#identity
    const data = this.#nonsense.chance(0.6) ? publicKeyHex : this.#nonsense.pick([...this.#loot, '', '00'])
    const address = this.#nonsense.chance(0.9)
      ? this.#ownAddress()
      : this.#nonsense.pick(this.#targets.victims)
    this.#emit('ss-join', address, data)
  }

  /** A dial as it should be, as far as the attacker has joined that address. */
  #dial(): void {
    const to = this.#nonsense.chance(0.5) ? this.#ownAddress() : this.#nonsense.pick(this.#targets.victims)
    this.#emit('ss-dial', this.#ownAddress(), to, this.#dialId())
  }

  #onPacket(packet: string): void {
    const nonsense = this.#nonsense
    const nonce = /"(socket-star join 1 [^"]+)"/.exec(packet)?.[1]
    if (nonce !== undefined) this.#answer(nonce)
    const incoming = /^42(\d+)\["ss-incomming"/.exec(packet)?.[1]
    if (incoming === undefined || nonsense.chance(0.2)) return
    const answer = nonsense.chance(0.5) ? '' : nonsense.value()
    this.client.send(`43${incoming}[${answer}]`)
  }

  async #answer(nonce: string): Promise<void> {
    const nonsense = this.#nonsense
    const right = await this.#identity.sign(nonce)
    this.#loot.push(right)
    if (this.#loot.length > 50) this.#loot.shift()
    const address = nonsense.chance(0.9) ? (nonce.split(' ')[3] ?? '') : nonsense.pick(this.#targets.victims)
    const signature = nonsense.chance(0.4) ? right : nonsense.pick([...this.#loot, '', `00${right.slice(2)}`])
    if (this.client.connected) this.#emit('ss-join', address, signature)
  }

  #emit(event: string, ...args: string[]): void {
    this.client.send(`42${this.#nextAck()}${JSON.stringify([event, ...args])}`)
  }

  #nextAck(): number {
    this.#ackId += 1
    return this.#ackId
  }

  #eventName(): string {
    const nonsense = this.#nonsense
    if (nonsense.chance(0.7)) return nonsense.pick(EVENTS)
    const side = nonsense.pick(['dialer', 'listener', '__proto__'])
    const id = nonsense.chance(0.5) ? this.#targets.streamId : this.#dialId()
    return `socket.io-pull-stream.${nonsense.pick(VERBS)}.${id}.${side}`
  }

  #dialId(): string {
    return this.#nonsense.pick(['__proto__', 'constructor', `d${this.#nonsense.below(1000)}`])
  }

  #ownAddress(): string {
    return this.#identity.address(this.#nonsense.pick(['p2p', 'ipfs']), 1 + this.#nonsense.below(20))
  }

  /** A JSON text that could stand in a request. */
  #plausible(): string {
    const nonsense = this.#nonsense
    const text = nonsense.pick([
      () => this.#ownAddress(),
      () => nonsense.pick(this.#targets.victims),
      () => this.#dialId(),
      () => this.#targets.streamId,
      () => this.#identity.publicKeyHex,
      () => nonsense.pick([...this.#loot, 'ff']),
    ])()
    return JSON.stringify(text)
  }
}

/** Packets that Socket.IO's parser refuses, upon which it closes the connection. */
const BROKEN_PACKETS = [
  '42',
  '42[',
  '42{}',
  '42["disconnect"]',
  '42[null]',
  '4',
  '49',
  '4x',
  '5',
  '6',
  '7',
  '45999999-["ss-join"]',
  '45-1-["ss-join"]',
  '451-["ss-join",{"_placeholder":true,"num":"__proto__"}]',
  '42/other,["ss-join"]',
  '43999999999999999999999["x"]',
  `42${'['.repeat(100_000)}`,
  `42["ss-join",${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
]
