import type { FakeSocket } from '../server-socket.ts'
import type { World } from './world.ts'

/** What one socket was sent of the peer list. */
interface Sent {
  /** Not a number from a gap that it was shown up to the next list. */
  version: number
  /** The clock's task in which it was sent a list, and what came right behind that. */
  task: number
  listLength: number
  behind: number
  behindLength: number
}

/** Changes right behind a list, at most (DISC-4). */
const MAX_BEHIND = 64

/** What may be sent to whoever watches (DISC-4, DISC-5), looked at as it leaves. */
export class Lists {
  readonly #world: World
  readonly #sent = new Map<FakeSocket, Sent>()
  lists = 0
  changes = 0
  behind = 0

  constructor(world: World) {
    this.#world = world
  }

  gone(socket: FakeSocket): void {
    this.#sent.delete(socket)
  }

  answered(socket: FakeSocket, [error]: readonly unknown[]): void {
    if (error !== null) return
    if (this.#sent.get(socket)?.task !== this.#world.clock.tasks) {
      this.#world.fail(`${socket.id} was answered without a list`)
    }
  }

  sent(socket: FakeSocket, { v, all, add, drop }: Readonly<Record<string, unknown>>): void {
    const { clock, fail } = this.#world
    const sent = this.#sent.get(socket)
    const version = v as number
    if (typeof all === 'string') {
      this.lists += 1
      const begun = { version, task: clock.tasks, listLength: all.length, behind: 0, behindLength: 0 }
      this.#sent.set(socket, begun)
      return
    }
    if (typeof add !== 'string' || typeof drop !== 'string') return
    this.changes += 1
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

  #behind(socket: FakeSocket, sent: Sent, length: number): void {
    this.behind += 1
    sent.behind += 1
    sent.behindLength += length
    if (sent.behind > MAX_BEHIND || sent.behindLength * 4 > sent.listLength) {
      this.#world.fail(`${sent.behind} changes of ${sent.behindLength} behind a list for ${socket.id}`)
    }
  }
}
