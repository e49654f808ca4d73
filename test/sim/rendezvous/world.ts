import { setImmediate as turn } from 'node:timers/promises'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { encodeJoinData } from '@socket-star/protocol/rendezvous'
import { SILENT_LOG } from '@socket-star/server'
import { Random } from '../../../packages/protocol/test/channel/sim/random.ts'
import { Counters } from '../../../packages/server/src/counters.ts'
import { DEFAULT_QUOTAS } from '../../../packages/server/src/limits.ts'
import { Rendezvous } from '../../../packages/server/src/rendezvous/rendezvous.ts'
import { Admission } from '../../../packages/server/src/security/admission.ts'
import type { AnySocket } from '../../../packages/server/src/socket-types.ts'
import { type ClientSocket, Manager } from '../client-socket.ts'
import { Clock, type Owner } from '../clock.ts'
import { bytesOf } from '../context.ts'
import { IDENTITIES, type Identity, ownerOf } from '../discovery/world.ts'
import { Network } from '../network.ts'
import { FakeNamespace, type FakeSocket } from '../server-socket.ts'

/** What takes its way to the other end, is dealt with there, and back, in milliseconds. */
const TURN_MS = 5
/** No rate is what is looked at here. */
const UNLIMITED = { joinsPerSecond: 1e6, joinBurst: 1e6, dialsPerSecond: 1e6, dialBurst: 1e6, offences: 1e6 }
const CONDITIONS = { latencyMs: 0, jitterMs: 0, bytesPerSecond: 1e9 }

type Answer = (error?: string) => void

/** A client that says what it is told to. */
export class Client {
  readonly owner: Owner
  readonly socket: ClientSocket
  /** Each answer that it has not looked at yet, by what it had asked. */
  readonly answers: { readonly request: string; readonly code: string }[] = []
  /** The nonce that it was given last for an address. */
  readonly nonces = new Map<string, string>()
  /** Those who dial it. */
  readonly incoming = new Map<string, Answer>()

  constructor(network: Network, name: string) {
    this.owner = ownerOf(name)
    this.socket = new Manager('http://127.0.0.1:9090', {
      network,
      owner: this.owner,
      watcher: { made: () => {}, seen: () => {} },
    }).socket('/', {})
    this.socket.on('ss-incomming', (id: string, _from: string, answer: Answer) =>
      this.incoming.set(id, answer),
    )
  }

  ask(request: string, event: string, ...args: unknown[]): void {
    this.socket.emit(event, ...args, (error: string | null | undefined, nonce?: string) => {
      if (event === 'ss-join' && typeof nonce === 'string') this.nonces.set(String(args[0]), nonce)
      this.answers.push({
        request,
        code: error?.split(':')[0] ?? (typeof nonce === 'string' ? 'nonce' : 'ok'),
      })
    })
  }
}

/** The rendezvous that ships, and clients of it, in virtual time and without a network in between. */
export class World {
  readonly clock = new Clock()
  readonly rendezvous: Rendezvous
  readonly clients: readonly Client[]
  readonly #owner = ownerOf('server')
  readonly #network: Network
  readonly #verdicts = new Map<string, () => void>()

  /** @param asks somebody is asked whom it lets in, and answers when he is told to */
  constructor(clients: number, asks: boolean) {
    const { clock } = this
    const random = new Random(1)
    this.#network = new Network(clock, random, CONDITIONS, 0)
    const environment = {
      ...clock.timersOf(this.#owner),
      random: () => random.next(),
      randomBytes: bytesOf(random),
    }
    const authenticate = ({ id }: AnySocket) =>
      new Promise<true>((resolve) => this.#verdicts.set(id, () => resolve(true)))
    const namespace = new FakeNamespace(clock, this.#owner, {
      refusal: () => undefined,
      auth: (auth) => auth,
      seen: () => {},
    })
    const options = { public: true, production: false, authenticate: asks ? authenticate : undefined }
    this.rendezvous = new Rendezvous({
      admission: new Admission(options, { log: SILENT_LOG, environment }),
      challenge: true,
      challengeTimeoutMs: 30_000,
      counters: new Counters(),
      dialTimeoutMs: 10_000,
      environment,
      quotas: { ...DEFAULT_QUOTAS, ...UNLIMITED },
      log: SILENT_LOG,
      namespace: namespace.asNamespace,
      strictAddresses: true,
    })
    namespace.middleware = (_socket, next) => next()
    namespace.on('connection', (socket: FakeSocket) => this.rendezvous.attach(socket as unknown as AnySocket))
    this.#network.listener = { machine: this.#owner.machine, accept: (end) => namespace.accept(end) }
    this.clients = Array.from({ length: clients }, (_, index) => new Client(this.#network, `client${index}`))
  }

  get timers(): number {
    return this.#owner.timers
  }

  client(index: number): Client {
    return this.clients[index] as Client
  }

  /** Somebody says that a client may be let in. */
  admit(index: number): void {
    this.#verdicts.get(this.client(index).socket.id ?? '')?.()
  }

  async pass(ms = TURN_MS): Promise<void> {
    // what was just decided has consequences
    await turn()
    await this.clock.run(this.clock.now + ms)
  }
}

export function identity(index: number): Identity {
  return IDENTITIES[index] as Identity
}

export function keyOf({ privateKey }: Identity): string {
  return encodeJoinData(publicKeyToProtobuf(privateKey.publicKey))
}

export async function signed({ privateKey }: Identity, text: string): Promise<string> {
  return encodeJoinData(await privateKey.sign(new TextEncoder().encode(text)))
}
