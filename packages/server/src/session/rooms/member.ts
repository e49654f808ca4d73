import type { RoomPosition } from '@socket-star/protocol/session'
import type { Link } from '../link.ts'
import type { ServerSession } from '../session.ts'

/** A session in a room. */
export class Member {
  readonly session: ServerSession
  readonly room: string
  /** Where it became a member: what came before is not its business (ROOM-6). */
  readonly since: RoomPosition
  /**
   * Whether live messages are written to it. Not before its client has been told where it is a member from, on this
   * or an earlier socket, and not while it is too slow: then it is told again, sees a hole, and asks the log.
   */
  #live = false
  /** The log's end as the client was last told, and the number of the message that tells it. */
  #told: RoomPosition
  #toldBy: number

  constructor(session: ServerSession, room: string, since: RoomPosition, tell = true) {
    this.session = session
    this.room = room
    this.since = since
    this.#told = since
    this.#toldBy = 0
    if (tell) this.#tell(since)
  }

  /** Before a live message: the socket to write it to, after everything that was emitted before it. */
  ready(position: RoomPosition, now: number): Link | undefined {
    const { conduit } = this.session
    conduit.settle(now)
    const link = conduit.current
    if (!this.#live) {
      const next = this.#told.epoch === position.epoch && this.#told.offset === position.offset - 1
      if (!next || !this.#isTold) return undefined
      this.#live = true
    }
    if (link?.backedUp) {
      this.#live = false
      this.#tell(position)
      return undefined
    }
    return link
  }

  /** The client has received more: it may follow live again, or has to be told of what was written meanwhile. */
  catchUp(head: (room: string, then: (position: RoomPosition) => void) => void): void {
    if (this.#live || !this.#isTold) return
    head(this.room, (position) => {
      if (this.#live || !this.#isTold) return
      const { epoch, offset } = this.#told
      if (epoch === position.epoch && offset === position.offset) this.#live = true
      else this.#tell(position)
    })
  }

  get #isTold(): boolean {
    return this.session.conduit.channel.sent >= this.#toldBy
  }

  #tell(position: RoomPosition): void {
    this.#told = position
    this.session.tellRoom({ kind: 'joined', room: this.room, ...position })
    this.#toldBy = this.session.conduit.channel.accepted
  }
}
