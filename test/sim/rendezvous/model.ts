/** What a join shows: a key, the signature of the last nonce, or one of something else. */
export type Shown = 'key' | 'signature' | 'nonsense'

interface Join {
  readonly address: number
  readonly shown: Shown
  readonly request: string
  /** The nonce for which a signature was made. */
  readonly nonce: number
  cancelled: boolean
}

interface ClientModel {
  /** Somebody has let it in. */
  admitted: boolean
  readonly addresses: Set<number>
  /** Until when the challenge of an address can be answered, and which it is. */
  readonly challenges: Map<number, { readonly untilMs: number; readonly nonce: number }>
  /** The last nonce that it was given for an address. */
  readonly nonces: Map<number, number>
  /** Joins that wait for whoever lets it in, and since when. */
  waiting: Join[]
  askedMs: number
  /** The ids of dials that it made and that are over. */
  readonly finished: Set<string>
  /** What it is to be answered, in order. */
  expected: { readonly request: string; readonly code: string }[]
}

interface DialModel {
  readonly id: string
  readonly dialler: number
  readonly listener: number
  readonly request: string
  readonly untilMs: number
  state: 'pending' | 'open'
}

const CHALLENGE_MS = 30_000
const DIAL_MS = 10_000
const ADMISSION_MS = 10_000

/** The rendezvous as its clauses have it, without anything that takes time: who has what, and who is told what. */
export class Model {
  nowMs = 0
  readonly clients: readonly ClientModel[]
  readonly holders = new Map<number, number>()
  readonly dials = new Set<DialModel>()
  requests = 0
  #nonces = 0

  constructor(clients: number, asks: boolean) {
    this.clients = Array.from({ length: clients }, () => ({
      admitted: !asks,
      addresses: new Set<number>(),
      challenges: new Map(),
      nonces: new Map(),
      waiting: [],
      askedMs: 0,
      finished: new Set<string>(),
      expected: [],
    }))
  }

  client(index: number): ClientModel {
    return this.clients[index] as ClientModel
  }

  join(index: number, address: number, shown: Shown, request: string): void {
    const client = this.client(index)
    const nonce = client.nonces.get(address) ?? 0
    const join = { address, shown, request, nonce, cancelled: false }
    if (client.admitted) this.#decide(index, join)
    else {
      if (client.waiting.length === 0) client.askedMs = this.nowMs
      client.waiting.push(join)
    }
  }

  admit(index: number): void {
    const client = this.client(index)
    // whom nobody was asked about nobody lets in
    if (client.admitted || client.waiting.length === 0) return
    client.admitted = true
    // a signature takes a while to look at: what comes meanwhile for its address is refused
    const looking = new Set<number>()
    for (const join of client.waiting.splice(0)) {
      const { address, request, cancelled } = join
      if (looking.has(address) && !cancelled) client.expected.push({ request, code: 'ERR_BAD_REQUEST' })
      else {
        if (client.challenges.has(address) && !cancelled) looking.add(address)
        this.#decide(index, join)
      }
    }
  }

  leave(index: number, address: number): void {
    const client = this.client(index)
    client.challenges.delete(address)
    for (const join of client.waiting) if (join.address === address) join.cancelled = true
    this.#drop(index, address)
  }

  /** Its connection is gone; it comes again as somebody new. */
  gone(index: number, asks: boolean): void {
    const client = this.client(index)
    for (const address of [...client.addresses]) this.#drop(index, address)
    for (const dial of [...this.dials]) {
      if (dial.dialler === index || dial.listener === index) this.#end(dial, 'ERR_STREAM_RESET')
    }
    client.challenges.clear()
    client.nonces.clear()
    client.finished.clear()
    client.waiting = []
    client.expected = []
    client.admitted = !asks
  }

  dial(index: number, from: number, to: number, id: string, request: string): void {
    const { addresses, expected, finished } = this.client(index)
    const listener = this.holders.get(to)
    const refuse = (code: string): void => void expected.push({ request, code })
    if (!addresses.has(from)) refuse('ERR_NOT_JOINED')
    else if (listener === undefined) refuse('ERR_PEER_NOT_FOUND')
    else if (finished.has(id) || this.#uses(index, id) || this.#uses(listener, id))
      refuse('ERR_DIAL_ID_IN_USE')
    else {
      const untilMs = this.nowMs + DIAL_MS
      this.dials.add({ id, dialler: index, listener, request, untilMs, state: 'pending' })
    }
  }

  /** The listener answers, whether or not anybody waits for it. */
  answer(index: number, id: string, code: string): void {
    const dial = [...this.dials].find((one) => one.id === id && one.listener === index)
    if (dial?.state !== 'pending') return
    if (code !== 'ok') this.#end(dial, code)
    else {
      dial.state = 'open'
      this.client(dial.dialler).expected.push({ request: dial.request, code: 'ok' })
    }
  }

  pass(ms: number): void {
    this.nowMs += ms
    for (const dial of [...this.dials]) {
      if (dial.state === 'pending' && this.nowMs >= dial.untilMs) this.#end(dial, 'ERR_DIAL_TIMEOUT')
    }
    for (const client of this.clients) {
      const { challenges, expected } = client
      if (this.nowMs >= client.askedMs + ADMISSION_MS) {
        for (const { request } of client.waiting.splice(0)) expected.push({ request, code: 'ERR_REMOTE' })
      }
      for (const [address, { untilMs }] of challenges) if (this.nowMs >= untilMs) challenges.delete(address)
    }
  }

  #uses(index: number, id: string): boolean {
    return [...this.dials].some((one) => one.id === id && (one.dialler === index || one.listener === index))
  }

  #end(dial: DialModel, code: string): void {
    this.dials.delete(dial)
    const { expected, finished } = this.client(dial.dialler)
    finished.add(dial.id)
    if (dial.state === 'pending') expected.push({ request: dial.request, code })
  }

  #decide(index: number, { address, shown, request, nonce, cancelled }: Join): void {
    const client = this.client(index)
    client.expected.push({
      request,
      code: cancelled ? 'ERR_ABORTED' : this.#proven(index, address, shown, nonce),
    })
  }

  /** What a join comes to that nothing stands against. */
  #proven(index: number, address: number, shown: Shown, nonce: number): string {
    const client = this.client(index)
    const challenge = client.challenges.get(address)
    if (challenge === undefined) {
      if (shown !== 'key') return 'ERR_BAD_KEY'
      this.#nonces += 1
      client.challenges.set(address, { untilMs: this.nowMs + CHALLENGE_MS, nonce: this.#nonces })
      client.nonces.set(address, this.#nonces)
      return 'nonce'
    }
    client.challenges.delete(address)
    if (shown !== 'signature' || nonce !== challenge.nonce) return 'ERR_SIGNATURE'
    const before = this.holders.get(address)
    if (before !== undefined) this.client(before).addresses.delete(address)
    this.holders.set(address, index)
    client.addresses.add(address)
    return 'ok'
  }

  #drop(index: number, address: number): void {
    this.client(index).addresses.delete(address)
    if (this.holders.get(address) === index) this.holders.delete(address)
  }
}
