import type { KnownList } from '@socket-star/protocol/rendezvous'
import type { FakeSocket } from '../server-socket.ts'
import type { World } from './world.ts'

/** What one socket was sent of the peer list. */
interface Sent {
  /** Not a number from a gap that it was shown up to the next list. */
  version: number
  /** The clock's task in which it was sent a list, or the first of the changes of one that it knew, and what came right behind that. */
  task: number
  listLength: number
  behind: number
  behindLength: number
}

/** Changes right behind a list, or instead of one, at most (DISC-4, DISC-16). */
const MAX_BEHIND = 64

/** What may be sent to whoever watches (DISC-4, DISC-5, DISC-16), looked at as it leaves. */
export class Lists {
  readonly #world: World
  readonly #sent = new Map<FakeSocket, Sent>()
  /** The version from which a socket has asked to go on, of this server's list. */
  readonly #known = new Map<FakeSocket, number>()
  #id: unknown
  lists = 0
  changes = 0
  behind = 0
  resumed = 0

  constructor(world: World) {
    this.#world = world
  }

  gone(socket: FakeSocket): void {
    this.#sent.delete(socket)
    this.#known.delete(socket)
  }

  /** A request for the list, with the one that the socket knows. */
  asked(socket: FakeSocket, known: unknown): void {
    const { id, v } = Object(known) as Partial<KnownList>
    if (id !== undefined && id === this.#id) this.#known.set(socket, v ?? Number.NaN)
    else this.#known.delete(socket)
  }

  /** The list, or what changed of it, was sent up to this version. */
  answered(socket: FakeSocket, version: unknown): void {
    const { clock, fail } = this.#world
    const known = this.#known.get(socket)
    if (this.#sent.get(socket)?.task !== clock.tasks) {
      if (known === undefined || version !== known) fail(`${socket.id} was answered without a list`)
      else this.#resume(socket, known)
    }
    const sent = this.#sent.get(socket)?.version
    if (sent !== version) fail(`${socket.id} was sent version ${sent}, and was told ${version}`)
  }

  sent(socket: FakeSocket, { id, v, all, add, drop }: Readonly<Record<string, unknown>>): void {
    const { clock, fail } = this.#world
    const version = v as number
    if (typeof all === 'string') {
      this.lists += 1
      this.#id ??= id
      if (id !== this.#id) fail(`${socket.id} is sent a list of ${id}, and others one of ${this.#id}`)
      const begun = { version, task: clock.tasks, listLength: all.length, behind: 0, behindLength: 0 }
      this.#sent.set(socket, begun)
      return
    }
    if (typeof add !== 'string' || typeof drop !== 'string') return
    this.changes += 1
    if (version === (this.#known.get(socket) ?? Number.NaN) + 1) this.#resume(socket, version - 1)
    const sent = this.#sent.get(socket)
    if (sent === undefined) fail(`${socket.id} is sent a change without a list`)
    else if (add === '' && drop === '') {
      if (version <= sent.version + 1)
        fail(`${socket.id} is shown no gap by ${version} after ${sent.version}`)
      sent.version = Number.NaN
    } else if (version !== sent.version + 1 && !Number.isNaN(sent.version)) {
      fail(`${socket.id} is sent version ${version} after ${sent.version}`)
    } else if (clock.tasks === sent.task) this.#behind(socket, sent, add.length + drop.length)
    if (sent !== undefined && !Number.isNaN(sent.version)) sent.version = version
  }

  /** What changed of the list that it knew begins here. */
  #resume(socket: FakeSocket, version: number): void {
    this.resumed += 1
    this.#known.delete(socket)
    const { tasks } = this.#world.clock
    this.#sent.set(socket, {
      version,
      task: tasks,
      listLength: Number.POSITIVE_INFINITY,
      behind: 0,
      behindLength: 0,
    })
  }

  #behind(socket: FakeSocket, sent: Sent, length: number): void {
    this.behind += 1
    sent.behind += 1
    sent.behindLength += length
    if (sent.behind > MAX_BEHIND || sent.behindLength * 4 > sent.listLength) {
      this.#world.fail(`${sent.behind} changes of ${sent.behindLength} behind a list for ${socket.id}`)
    }
  }
}
