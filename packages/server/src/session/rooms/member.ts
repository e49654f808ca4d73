import { encodeRoom, type RoomPosition } from '@socket-star/protocol/session'
import type { Link } from '../link.ts'
import type { SessionCore } from '../session-core.ts'

/** A session in a room. */
export class Member {
  readonly session: SessionCore
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
  /** Names the socket that carried the session then, which may be gone long since. */
  #toldOn: number | undefined
  /** It has acknowledged that. */
  #knows: boolean

  constructor(session: SessionCore, room: string, since: RoomPosition, tell = true) {
    this.session = session
    this.room = room
    this.since = since
    this.#told = since
    // after a restore what tells of it may be on its way
    this.#toldBy = session.conduit.channel.accepted
    this.#knows = false
    if (tell) this.#tell(since)
  }

  /** Before a live message: the socket to write it to, after everything that was emitted before it. */
  ready(position: RoomPosition, now: number): Link | undefined {
    const { conduit } = this.session
    if (conduit.waits) conduit.flush(now)
    const link = conduit.current
    const isTold = this.#isTold()
    if (!this.#live) {
      const next = this.#told.epoch === position.epoch && this.#told.offset === position.offset - 1
      if (!next || !isTold) return undefined
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
    if (!this.#isTold() || this.#live) return
    head(this.room, (position) => {
      if (!this.#isTold() || this.#live) return
      const { epoch, offset } = this.#told
      if (epoch === position.epoch && offset === position.offset) this.#live = true
      else this.#tell(position)
    })
  }

  /**
   * Whether the client has been told, or will be on the socket that live messages are written to, before them. On
   * another socket that is sure once it has acknowledged; what was written meanwhile it may have taken for a room that
   * it does not know.
   */
  #isTold(): boolean {
    if (this.#knows) return true
    const { channel, current } = this.session.conduit
    const moved = this.#toldOn === undefined || current?.id !== this.#toldOn
    if (moved) this.#live = false
    this.#knows = channel.acked >= this.#toldBy
    return this.#knows || (!moved && channel.sent >= this.#toldBy)
  }

  #tell(position: RoomPosition): void {
    this.#told = position
    this.#toldOn = this.session.conduit.current?.id
    this.session.tellRoom(encodeRoom({ room: this.room, ...position }))
    this.#toldBy = this.session.conduit.channel.accepted
    this.#knows = false
  }
}
