import { Random } from '../../../packages/protocol/test/channel/sim/random.ts'
import { Clock } from '../clock.ts'
import { Network } from '../network.ts'
import type { Pipe } from '../pipe.ts'
import { LegacyClient } from './legacy-client.ts'
import { OurClient } from './our-client.ts'
import type { Schedule, Step } from './schedule.ts'
import { ServerProcess } from './server.ts'
import { Truth } from './truth.ts'
import type { View } from './view.ts'
import { CONTESTED, IDENTITIES, type Identity, type World } from './world.ts'

/** How a run went. It throws instead when a promise was broken. */
export interface Outcome {
  readonly scenario: Schedule
  /** How often somebody came, or was gone. */
  readonly changes: number
  /** What applications were told. */
  readonly words: number
  /** Lists that were sent, changes, and those among them that followed a list right away. */
  readonly lists: number
  readonly deltas: number
  readonly behind: number
  /** How often what changed was sent instead of a list. */
  readonly resumed: number
  /** What legacy clients were sent. */
  readonly announcements: number
  readonly cuts: number
  readonly restarts: number
  /** Virtual time from the end of all trouble until everybody knew what is, in milliseconds. */
  readonly recoveredMs: number
  readonly tasks: number
}

type Client = OurClient | LegacyClient

/** No more clients than that at once. */
const MAX_CLIENTS = 7
/** Within what time one thing is followed by another that belongs to it, in milliseconds. */
const SHORTLY_MS = 400
/** With how many peers one comes at most. */
const MAX_PEERS_AT_ONCE = 3
/** How long no server runs at most, in milliseconds. */
const DOWN_MS = 1_000
const BYTES_PER_SECOND = 1_000_000
/** What an application writes at once to who is clogged by it, in bytes. */
const CLOG_BYTES = { min: 2_000_000, max: 12_000_000 }
/**
 * After the last trouble everybody is connected and joined, and knows what is, within this time, in virtual
 * milliseconds: a ping that is not answered takes 45 s, a join that it overtook 30 s until it is tried again.
 */
const RECOVERY_MS = 120_000
/** Then a change is known everywhere after its interval (DISC-11) and the way there, in milliseconds. */
const INTERVAL_MS = 50
/** A round of announcements, and more: whatever waits for a quiet time has it. */
const QUIET_MS = 25_000
/** How long everybody takes to be gone, in milliseconds. */
const PARTING_MS = 1_000
/** What of a turn of the network virtual time counts, in milliseconds. */
const TURN_MS = 1

/** One run: clients and a server over a virtual network, on which much happens, and then nothing. */
export async function simulate(schedule: Schedule, note?: (line: string) => void): Promise<Outcome> {
  return new Simulation(schedule, note).run()
}

class Simulation {
  readonly #world: World
  readonly #clients: Client[] = []
  #server: ServerProcess | undefined
  #failure: Error | undefined
  #lastClient = 0
  #lastServer = 0
  #totals = { lists: 0, deltas: 0, behind: 0, resumed: 0, announcements: 0 }

  constructor(schedule: Schedule, note: ((line: string) => void) | undefined) {
    const clock = new Clock()
    const random = new Random(schedule.seed)
    const { latencyMs, jitterMs, noticeMs } = schedule
    const conditions = { latencyMs, jitterMs, bytesPerSecond: BYTES_PER_SECOND }
    this.#world = {
      clock,
      random,
      network: new Network(clock, random, conditions, noticeMs),
      schedule,
      truth: new Truth(clock),
      underWay: new Map(),
      fail: (text) => {
        note?.(`${clock.now.toFixed(1)} FAILS: ${text}`)
        this.#failure ??= new Error(`at ${clock.now.toFixed(1)} ms: ${text}`)
      },
      note: (line) => note?.(`${clock.now.toFixed(1)} ${line()}`),
    }
  }

  async run(): Promise<Outcome> {
    const { clock, network, schedule, truth } = this.#world
    this.#startServer()
    this.#settleResidents()
    for (const [index, legacy] of schedule.clients.entries()) this.#come(legacy, index)
    for (const step of schedule.steps) {
      await this.#until(clock.now + step.waitMs)
      this.#world.note(() => `${step.kind} ${step.who} ${step.which} ${step.ms}`)
      await this.#happen(step)
    }
    for (const view of this.#ours.flatMap(({ views }) => views)) view.isSkittish = false
    this.#world.note(() => 'all is quiet from here on')
    const calmAt = clock.now
    await this.#settle('after all trouble')
    const recoveredMs = clock.now - calmAt
    await this.#untilQuiet()
    await this.#tellOne()
    this.#check()
    await this.#part()
    this.#check()
    this.#count()
    return {
      scenario: schedule,
      changes: truth.changes,
      words: this.#ours.reduce((sum, { views }) => sum + views.reduce((all, view) => all + view.words, 0), 0),
      ...this.#totals,
      cuts: network.cuts,
      restarts: this.#lastServer - 1,
      recoveredMs,
      tasks: clock.tasks,
    }
  }

  get #ours(): OurClient[] {
    return this.#clients.filter((client) => client instanceof OurClient)
  }

  get #present(): Client[] {
    return this.#clients.filter(({ gone }) => !gone)
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  async #until(time: number, done: () => boolean = () => false): Promise<void> {
    await this.#world.clock.run(time, () => this.#failure !== undefined || done())
    this.#check()
  }

  #startServer(): void {
    this.#lastServer += 1
    this.#server = new ServerProcess(this.#world, this.#lastServer)
  }

  /** Whoever stays where it is all the time: the addresses of one client. */
  #settleResidents(): void {
    const { residents } = this.#world.schedule
    if (residents === 0) return
    const client = this.#make(true)
    for (const identity of IDENTITIES.slice(CONTESTED, CONTESTED + residents)) client.join(identity)
  }

  #make(legacy: boolean): Client {
    this.#lastClient += 1
    const name = `${legacy ? 'legacy' : 'client'}${this.#lastClient}`
    const client = legacy ? new LegacyClient(this.#world, name) : new OurClient(this.#world, name)
    this.#clients.push(client)
    return client
  }

  #come(legacy: boolean, which: number): void {
    if (this.#present.length >= MAX_CLIENTS) return
    const client = this.#make(legacy)
    for (let peers = which % MAX_PEERS_AT_ONCE; peers >= 0; peers--)
      void client.join(contested(which + peers))
  }

  async #happen({ kind, who, which, ms }: Step): Promise<void> {
    const { clock, network, random } = this.#world
    const { schedule } = this.#world
    const movers = this.#present.slice(schedule.residents > 0 ? 1 : 0)
    const client = movers[who % Math.max(1, movers.length)]
    const view = client instanceof OurClient ? pick(client.present, which) : undefined
    switch (kind) {
      case 'join':
        void client?.join(contested(which))
        if (ms % 2 === 0) void client?.join(contested(which + 1))
        return
      case 'leave':
        view?.peer.leave()
        if (client instanceof LegacyClient) client.leave(which)
        return
      case 'again':
        if (view === undefined || !(client instanceof OurClient)) return
        view.peer.leave()
        void client.join(identityOf(view))
        return
      case 'come':
        this.#come(ms % 3 === 0, which)
        return
      case 'vanish':
        if (client !== undefined) this.#vanish(client, ms)
        return
      case 'skittish':
        if (view !== undefined) view.isSkittish = true
        return
      case 'cut':
        for (const pipe of this.#pipesOf(client)) network.cut(pipe)
        return
      case 'cutAndJoin':
        for (const pipe of this.#pipesOf(client)) network.cut(pipe)
        await this.#until(clock.now + (ms % SHORTLY_MS))
        void client?.join(contested(which))
        return
      case 'swallow':
        for (const pipe of this.#pipesOf(client)) pipe.swallow(which % 2 === 0, which % 3 > 0)
        return
      case 'stall':
        for (const pipe of this.#pipesOf(client)) pipe.stall(ms)
        return
      case 'clog':
        this.#clog(client, random.int(CLOG_BYTES.min, CLOG_BYTES.max))
        return
      case 'garble':
        if (client instanceof OurClient)
          this.#socketOf(client)?.packet({ data: ['ss-peers', { v: 'x' }] }, {})
        return
      case 'restart':
        this.#restart(ms)
        return
      default:
        kind satisfies never
    }
  }

  #pipesOf(client: Client | undefined): Pipe[] {
    return client === undefined ? [] : this.#world.network.of(client.owner)
  }

  #socketOf(client: Client | undefined) {
    return this.#server?.namespace.sockets.get(client?.socket.id ?? '')
  }

  #vanish(client: Client, ms: number): void {
    const pipes = this.#pipesOf(client)
    client.vanish()
    for (const { client: end } of pipes) end.endpoint = undefined
    for (const pipe of pipes) {
      if (ms % 2 === 0) this.#world.network.cut(pipe)
      else pipe.swallow(true, true)
    }
  }

  /** Something large of the application's own is on its way to a client. */
  #clog(client: Client | undefined, bytes: number): void {
    const socket = this.#socketOf(client)
    // with more than LIM-6 allows it would not be listened to
    if (socket === undefined || this.#pipesOf(client).some(({ clogged }) => clogged)) return
    this.#server?.announcements.clogged(socket.id)
    socket.conn.end.send({ type: 2, data: '["large"]', bytes })
  }

  #restart(ms: number): void {
    if (this.#server === undefined) return
    this.#count()
    this.#server.crash()
    this.#server = undefined
    this.#world.clock.after(ms % DOWN_MS, () => this.#startServer())
  }

  #count(): void {
    if (this.#server === undefined) return
    const { announcements, lists } = this.#server
    this.#totals.lists += lists.lists
    this.#totals.deltas += lists.changes
    this.#totals.behind += lists.behind
    this.#totals.resumed += lists.resumed
    this.#totals.announcements += announcements.count
  }

  /** What is not as it has to be when all is quiet. */
  #faults(): string {
    const { network, truth } = this.#world
    const server = this.#server
    if (server === undefined) return 'no server'
    const { peers } = server.rendezvous.census()
    if (peers !== truth.addresses.size) return `${peers} addresses, and ${truth.addresses.size} are joined`
    if (server.namespace.sockets.size > this.#present.length) return 'somebody is not known to be gone yet'
    const ids = new Set(this.#present.map(({ socket }) => socket.id))
    for (const address of truth.addresses.keys()) {
      if (!ids.has(truth.holder(address))) return `${address} is held by nobody`
    }
    for (const client of this.#present) {
      if (!server.namespace.sockets.has(client.socket.id ?? '')) return `${client.name} is not connected`
      if (network.of(client.owner).some((pipe) => pipe.dead || pipe.unheard)) return `${client.name} waits`
      if (client.pending > 0) return `${client.name} is joining`
      if (client instanceof LegacyClient) continue
      for (const view of client.present) {
        const { address, status } = view.peer
        if (status !== 'joined') return `${client.name} is ${status}`
        if (truth.holder(address) !== client.socket.id) return `${client.name} has not ${address}`
        const faults = view.faults.trim()
        if (faults !== '') return `${client.name} ${faults}`
      }
    }
    return ''
  }

  /** Until everything is as it has to be, also when what has just arrived was dealt with. */
  async #settle(when: string): Promise<void> {
    const { clock, fail, truth } = this.#world
    const deadline = clock.now + RECOVERY_MS
    let changes: number
    do {
      await this.#until(deadline, () => this.#faults() === '')
      changes = truth.changes
      await this.#until(clock.now + TURN_MS)
    } while (clock.now < deadline && (this.#faults() !== '' || truth.changes !== changes))
    if (this.#faults() !== '') fail(`${when} it was not settled: ${this.#faults()}`)
    this.#check()
  }

  /** Nothing happens: everybody goes on knowing what is. */
  async #untilQuiet(): Promise<void> {
    const { clock, fail, truth } = this.#world
    const before = { changes: truth.changes, deltas: this.#server?.lists.changes }
    await this.#until(clock.now + QUIET_MS)
    const faults = this.#faults()
    if (faults !== '') fail(`it was quiet, and then: ${faults}`)
    if (truth.changes !== before.changes) fail('somebody came or went when all was quiet')
    const { namespace, announcements } = this.#server as ServerProcess
    const names = new Map(this.#present.map((client) => [client.socket.id, client]))
    announcements.check((id) => names.get(id) instanceof LegacyClient && namespace.sockets.has(id))
  }

  /** One more comes, and goes: that is known everywhere in the time that is stated. */
  async #tellOne(): Promise<void> {
    const { clock, fail, schedule } = this.#world
    const identity = IDENTITIES[IDENTITIES.length - 1] as Identity
    const probe = this.#make(false) as OurClient
    void probe.join(identity)
    const joined = () => this.#world.truth.addresses.has(identity.address)
    await this.#until(clock.now + RECOVERY_MS, joined)
    const { jitterMs, lateMs, latencyMs } = schedule
    const wayMs = latencyMs + jitterMs + lateMs + INTERVAL_MS + TURN_MS
    const known = (is: boolean) => (view: View) => view.peer.peers.has(identity.address) === is
    const others = this.#ours.filter((client) => client !== probe && !client.gone)
    const views = () => others.flatMap(({ present }) => present)
    await this.#until(clock.now + wayMs)
    const unaware = views().filter((view) => !known(true)(view))
    if (unaware.length > 0)
      fail(`after ${wayMs} ms ${unaware.map(({ name }) => name)} do not know a newcomer`)
    await this.#settle('with a newcomer')
    for (const { peer } of probe.present) peer.leave()
    await this.#until(clock.now + RECOVERY_MS, () => !joined())
    await this.#until(clock.now + wayMs)
    const late = views().filter((view) => !known(false)(view))
    if (late.length > 0) fail(`after ${wayMs} ms ${late.map(({ name }) => name)} still know who has left`)
  }

  async #part(): Promise<void> {
    for (const client of this.#ours) if (!client.gone) client.leave()
    await this.#until(this.#world.clock.now + PARTING_MS)
    for (const client of this.#ours) if (!client.gone) client.checkEmpty()
    for (const { socket } of this.#present) socket.disconnect()
    this.#server?.leave()
  }
}

function contested(which: number): Identity {
  return IDENTITIES[which % CONTESTED] as Identity
}

function identityOf({ peer }: View): Identity {
  return IDENTITIES.find(({ address }) => address === peer.address) as Identity
}

function pick<T>(items: readonly T[], which: number): T | undefined {
  return items[which % Math.max(1, items.length)]
}
