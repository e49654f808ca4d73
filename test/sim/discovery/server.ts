import { parseAddress } from '@socket-star/protocol/address'
import { decodeAddresses, MAX_JOIN_PEERS } from '@socket-star/protocol/rendezvous'
import { Counters } from '../../../packages/server/src/counters.ts'
import { DEFAULT_QUOTAS } from '../../../packages/server/src/limits.ts'
import type { Log } from '../../../packages/server/src/log.ts'
import { Rendezvous } from '../../../packages/server/src/rendezvous/rendezvous.ts'
import { Admission } from '../../../packages/server/src/security/admission.ts'
import type { AnySocket } from '../../../packages/server/src/socket-types.ts'
import type { Owner } from '../clock.ts'
import { bytesOf } from '../context.ts'
import { FakeNamespace, type FakeSocket } from '../server-socket.ts'
import { Announcements } from './announcements.ts'
import { Lists } from './lists.ts'
import { lateTimers, ownerOf, short, type World } from './world.ts'

/** Few, so that lists are refused now and then. */
const WATCHES_PER_SECOND = 0.5

/** A server process: the rendezvous that ships, on a namespace without a network. */
export class ServerProcess {
  readonly owner: Owner
  readonly namespace: FakeNamespace
  readonly rendezvous: Rendezvous
  readonly announcements: Announcements
  readonly lists: Lists
  readonly #world: World

  constructor(world: World, number: number) {
    const { clock, network, random, schedule, truth } = world
    this.#world = world
    this.owner = ownerOf(`server${number}`)
    this.announcements = new Announcements(world)
    this.lists = new Lists(world)
    const environment = {
      ...lateTimers(world, this.owner),
      random: () => random.next(),
      randomBytes: bytesOf(random),
    }
    const log = complaining(world)
    const { authenticateMs, challenge, watchBurst } = schedule
    const authenticate =
      authenticateMs === 0
        ? undefined
        : () =>
            new Promise<true>((resolve) => {
              clock.after(random.next() * authenticateMs, () => resolve(true), this.owner)
            })
    this.namespace = new FakeNamespace(clock, this.owner, {
      refusal: () => undefined,
      auth: (auth) => auth,
      seen: (socket, event, args) => this.#seen(socket, event, args),
      answered: (socket, event, args, answer) => this.#answered(socket, event, args, answer),
      sent: (socket, event, args) => this.#sent(socket, event, args),
    })
    this.rendezvous = new Rendezvous({
      admission: new Admission({ public: true, production: false, authenticate }, { log, environment }),
      challenge,
      challengeTimeoutMs: 30_000,
      counters: new Counters(),
      dialTimeoutMs: 10_000,
      environment,
      quotas: { ...DEFAULT_QUOTAS, addressesPerSocket: 64, watchBurst, watchesPerSecond: WATCHES_PER_SECOND },
      log,
      namespace: this.namespace.asNamespace,
      strictAddresses: true,
    })
    this.namespace.middleware = (_socket, next) => next()
    this.namespace.on('connection', (socket: FakeSocket) => {
      socket.on('disconnect', (reason: string) => {
        world.note(() => `${socket.id} is gone: ${reason}`)
        truth.gone(socket.id)
        this.lists.gone(socket)
      })
      this.rendezvous.attach(socket as unknown as AnySocket)
    })
    truth.onEmpty = (id) => this.announcements.empty(id)
    network.listener = { machine: this.owner.machine, accept: (end) => this.namespace.accept(end) }
  }

  /** The process is no more; what it kept goes with it. */
  crash(): void {
    const { network, truth } = this.#world
    network.listener = undefined
    this.owner.gone = true
    truth.forgotten()
    for (const { server } of network.pipes) {
      server.endpoint = undefined
      server.close()
    }
  }

  /** Lets go of everything, with the process running on: then nothing is to be left. */
  leave(): void {
    this.rendezvous.close()
    if (this.owner.timers > 0) this.#world.fail(`${this.owner.timers} timers are left at the server`)
  }

  #seen(socket: string, event: string, args: unknown[]): void {
    this.#world.note(() => `${socket} < ${event} ${brief(args)}`)
    const known = event === 'ss-watch' ? args[0] : event === 'ss-join' ? Object(args[2]).watch : undefined
    if (known !== undefined) this.lists.asked(this.namespace.sockets.get(socket) as FakeSocket, known)
    if (event !== 'ss-leave') return
    const { canonical } = parseAddress(args[0] as string)
    this.#world.truth.left(canonical, socket)
  }

  #answered(socket: FakeSocket, event: string, args: unknown[], answer: unknown[]): void {
    const { fail, note, truth } = this.#world
    note(() => `${socket.id} > answer to ${event} ${brief(answer)}`)
    if (!socket.connected) fail(`${event} of a socket that is gone was answered`)
    if (event === 'ss-watch' && answer[0] === null) this.lists.answered(socket, answer[1])
    if (event !== 'ss-join' || answer[0] !== null || typeof answer[1] === 'string') return
    if (answer[4] !== undefined) this.lists.answered(socket, answer[4])
    const { canonical } = parseAddress(args[0] as string)
    truth.joined(canonical, socket.id)
    this.announcements.joined(socket, canonical, String(args[0]).includes('/ipfs/'))
    const peers = answer[2] as readonly string[]
    if (peers.length > MAX_JOIN_PEERS) fail(`a join was answered with ${peers.length} peers`)
  }

  #sent(socket: FakeSocket, event: string, args: unknown[]): void {
    const { clock, note, underWay } = this.#world
    note(() => `${socket.id} > ${event} ${brief(args)}`)
    if (event === 'ws-peer') this.announcements.sent(socket, args[0] as string)
    if (event !== 'ss-peers') return
    const times = underWay.get(socket.id) ?? []
    times.push({ ms: clock.now, turn: clock.tasks })
    underWay.set(socket.id, times)
    this.lists.sent(socket, args[0] as Readonly<Record<string, unknown>>)
  }
}

/** What a log line tells of is a fault of ours, unless it is a refusal. */
function complaining({ fail }: World): Log {
  const error = (event: string, fields: object = {}): void => fail(`${event} ${JSON.stringify(fields)}`)
  return { error, warn: error, info: error, debug: () => {} }
}

/** Arguments as a line of the trace shows them. */
function brief(args: readonly unknown[]): string {
  const texts = args.map((each) => {
    if (typeof each === 'function') return 'cb'
    if (typeof each === 'string' && each.startsWith('/ip4')) return short(each)
    if (typeof each !== 'object' || each === null) return String(each).slice(0, 24)
    const entries = Object.entries(each).map(([name, value]) => {
      const isList = name === 'all' || name === 'add' || name === 'drop'
      return `${name}: ${isList ? `[${decodeAddresses(String(value)).map(short)}]` : JSON.stringify(value)}`
    })
    return `{ ${entries.join(', ')} }`
  })
  return texts.join(' ')
}
