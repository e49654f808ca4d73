import { type Session, type SessionOptions, SILENT_LOG, type Star, starMiddleware } from '@socket-star/server'
import type { Owner } from './clock.ts'
import { bytesOf, type Context } from './context.ts'
import { Flushing } from './flushing.ts'
import { Machine } from './machine.ts'
import type { Life } from './oracle.ts'
import { codeOf, Requests, textOf } from './requests.ts'
import { FakeNamespace, type FakeSocket } from './server-socket.ts'

/** Rooms that every session is in. */
export const ROOMS = ['lobby', 'news'] as const

/** What the application keeps in `session.data`: it goes where the session goes. */
interface Kept {
  readonly sent: string[]
  readonly received: string[]
  readonly joined: Record<string, number>
}

/** A server process: the star that ships, on a namespace without a network, and an application on it. */
export class ServerProcess {
  readonly number: number
  readonly machine: Machine
  /** Whose timers those of the package are. */
  readonly owner: Owner
  /** Whose those of the application are. */
  readonly app: Owner
  readonly namespace: FakeNamespace
  readonly star: Star
  /** Refusals that are still to come, and whether they say that it is worth to come again. */
  refusals = 0
  retryable = true
  readonly requests: Requests
  readonly #flushing: Flushing
  #count = 0
  readonly #context: Context
  readonly #sockets = new Set<FakeSocket>()
  /** Messages in work, by session. */
  readonly #inWork = new Map<string, number>()

  /** `rest`: where sessions rest. */
  constructor(context: Context, number: number, rest: (owner: Owner) => SessionOptions) {
    const { clock, random, scenario, faults, network } = context
    this.number = number
    this.#context = context
    const machine = new Machine()
    this.machine = machine
    this.owner = { name: `server${number}`, machine, gone: false, timers: 0 }
    this.app = { name: 'application', machine, gone: false, timers: 0 }
    this.requests = new Requests(context, this.app)
    this.#flushing = new Flushing(context, this.owner.name)
    const { resumeWindowMs, heartbeatMs, windowMessages, backlogMessages } = scenario
    this.star = starMiddleware({
      public: true,
      production: false,
      log: SILENT_LOG,
      environment: {
        ...clock.timersOf(this.owner),
        random: () => random.next(),
        randomBytes: bytesOf(random),
      },
      sessions: { ...rest(this.app), resumeWindowMs, heartbeatMs, windowMessages, backlogMessages },
    })
    this.star.on('session', (session, { cause }) => this.#begin(session, cause === 'new'))
    this.star.on('error', (error) => context.oracle.fail(`a handler of the server failed: ${String(error)}`))
    this.namespace = new FakeNamespace(clock, this.owner, {
      refusal: () => {
        if (this.refusals === 0) return undefined
        this.refusals -= 1
        return { retryable: this.retryable }
      },
      auth: (auth) => faults.auth?.(auth) ?? auth,
      seen: (socket, event, args) => context.note(() => `${socket} < ${event} ${brief(args)}`),
    })
    this.namespace.on('connection', (socket: FakeSocket) => this.#sockets.add(socket))
    this.star.attach(this.namespace.asNamespace)
    this.namespace.middleware = this.star
    network.listener = { machine, accept: (end) => this.namespace.accept(end) }
  }

  /** Emits something to one of the sessions, or to a room. */
  talk(): void {
    const { contents, random, oracle } = this.#context
    const sessions = [...this.star.sessions] as Session[]
    const session = sessions[random.int(0, Math.max(0, sessions.length - 1))]
    if (random.chance(0.25)) {
      const room = random.pick(ROOMS)
      const except = random.chance(0.2) ? session : undefined
      const index = oracle.rooms.said(room, except?.id)
      const to = this.star.to(room)
      const emitter = except === undefined ? to : to.except(except)
      emitter.emit('room', room, index, ...contents.of(`${room} ${index}`))
      return
    }
    if (session === undefined) return
    for (let left = random.pick([1, 1, 3, 30]); left > 0; left--) this.say(session)
    if (random.chance(0.2)) this.flush(session)
    if (random.chance(0.3)) this.#call(session)
  }

  /** Says something volatile to one of the sessions. */
  call(id = ''): string {
    const session = this.star.sessions.get(id)
    return session === undefined ? `nobody, ${id} is not here` : this.#call(session)
  }

  /** The process stops. Its state is written. */
  stop(): void {
    this.star.close()
    this.crash()
  }

  /** The process is no more, from one instant to the next. */
  crash(): void {
    const { network, oracle } = this.#context
    network.listener = undefined
    oracle.statuses.serverGone()
    this.owner.gone = this.app.gone = true
    for (const { server } of network.pipes) {
      server.endpoint = undefined
      server.close()
    }
  }

  /** Lets go of everything, with the process running on: then nothing is to be left. */
  leave(): void {
    const { oracle } = this.#context
    this.star.close()
    if (this.owner.timers > 0) oracle.fail(`${this.owner.timers} timers are left at the server`)
    if (this.namespace.listenerCount('connection') > 1) oracle.fail('the namespace is still listened to')
    for (const socket of this.#sockets) {
      if (!socket.connected) continue
      if (socket.left > 0) oracle.fail(`${socket.left} listeners are left on a socket of the server`)
    }
  }

  /** Flushes that were not answered. */
  get flushes(): number {
    return this.#flushing.pending
  }

  #begin(session: Session, isNew: boolean): void {
    const { clock, contents, oracle, random, scenario } = this.#context
    if (isNew) {
      const joined = Object.fromEntries(ROOMS.map((room) => [room, oracle.rooms.saidIn(room)]))
      const kept: Kept = { sent: [], received: [], joined }
      session.data = { ...kept }
    }
    const life: Life = { session: session.id, process: this.number, ...(session.data as unknown as Kept) }
    oracle.born(life)
    this.#context.note(
      () => `${this.owner.name} has session ${session.id.slice(0, 8)}${isNew ? '' : ' again'}`,
    )
    // a frame that was cut under the credit of an earlier life may overshoot the window of a restored one (CH-9)
    const mostInWork = isNew ? scenario.windowMessages : 2 * scenario.windowMessages - 1
    const inWork = (change: 1 | -1): void => {
      const count = (this.#inWork.get(session.id) ?? 0) + change
      this.#inWork.set(session.id, count)
      if (count > mostInWork) oracle.fail(`${count} messages of ${session.id} are in work`)
    }
    session.on('up', (text: string, ...rest: unknown[]) => {
      oracle.serverHeard(life, text)
      contents.check(text, rest)
      const ms = random.next() * scenario.consumeMs
      if (ms === 0) return undefined
      inWork(1)
      return new Promise<void>((resolve) => {
        clock.timersOf(this.app).after(ms, () => {
          inWork(-1)
          resolve()
        })
      })
    })
    session.on('message', (text: string) => oracle.serverHeard(life, text))
    session.on('ask', (text: string, ...rest: unknown[]) => {
      oracle.serverHeard(life, text)
      this.requests.answer(text, rest.pop() as (...answer: unknown[]) => void)
      contents.check(text, rest)
    })
    session.on('call', (text: string, ...rest: unknown[]) => {
      oracle.volatile.heard(text, session.id)
      contents.check(text, rest)
    })
    session.on('status', oracle.statuses.server(session.id, session.status))
    session.on('end', (reason, lost) => {
      this.#context.note(() => `session ${session.id.slice(0, 8)} ended: ${reason}`)
      oracle.serverEnded(life, reason, lost.map(textOf))
      contents.checkBack(lost)
    })
    if (isNew) session.join(ROOMS)
  }

  #call(session: Session): string {
    const { contents, oracle } = this.#context
    const text = `v${this.number}.${++this.#count}`
    const taken = session.volatile.emit('call', ...contents.of(text))
    oracle.volatile.said(text, session.id, taken)
    return text
  }

  /** Everything so far is to be received; `then` follows when it is. */
  flush(session: Session, then?: () => void): void {
    const { oracle } = this.#context
    const count = oracle.lifeOf(session.id)?.sent.length ?? 0
    this.#flushing.flush(session, () => count - oracle.heardOf(session.id), then)
  }

  /** Emits one message. */
  say(session: Session): void {
    const { contents, oracle, random, scenario } = this.#context
    const life = oracle.lifeOf(session.id)
    if (life === undefined || life.process !== this.number) {
      oracle.fail(`the server has ${session.id} without having been told`)
      return
    }
    const text = `s${this.number}.${++this.#count}`.padEnd(scenario.textLength, 'x')
    try {
      if (random.chance(0.15)) {
        this.requests.ask(session, text, session.id)
      } else session.emit('down', ...contents.of(text))
      life.sent.push(text)
    } catch (error) {
      if (codeOf(error) !== 'ERR_BACKLOG') oracle.fail(`the server may not emit: ${String(error)}`)
    }
    if (life.sent.length - oracle.heardOf(session.id) > scenario.backlogMessages) {
      oracle.fail(`more than ${scenario.backlogMessages} messages wait for ${session.id}`)
    }
  }
}

/** Arguments as a line of the trace shows them. */
export function brief(args: readonly unknown[]): string {
  return JSON.stringify(args).replaceAll(/x{9,}/g, 'x').slice(0, 200)
}
