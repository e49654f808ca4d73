import {
  type Encoded,
  encodeRoom,
  encodeRoomItem,
  type RoomPosition,
  SESSION_EVENTS,
} from '@socket-star/protocol/session'
import { textFrame, writeFrame } from '../../direct-frame.ts'
import type { AnyNamespace } from '../../socket-types.ts'
import type { Link } from '../link.ts'
import { textPacket } from '../own-event.ts'

/** socket.io-parser's number for an event; socket.io does not export it. */
const EVENT_PACKET = 2
/** Local sockets only, and out of connection state recovery. */
const FLAGS = { local: true, volatile: false, compress: false }

/** A live room message, encoded once for however many sockets it is written to. */
export class ItemFrames {
  readonly #namespace: AnyNamespace
  readonly #room: string
  readonly #position: RoomPosition
  readonly #body: Encoded | number
  readonly #frame: Buffer | undefined
  /** Sockets that the frame cannot be written to directly. */
  readonly #others = new Set<string>()

  constructor(namespace: AnyNamespace, room: string, position: RoomPosition, body: Encoded | number) {
    this.#namespace = namespace
    this.#room = room
    this.#position = position
    this.#body = body
    const { epoch, offset } = position
    const start = encodeRoom({ room, epoch, offset: offset - 1, head: offset })
    // what is encoded already becomes a part of the text
    const packet =
      typeof body === 'object'
        ? undefined
        : textPacket(
            namespace,
            `${JSON.stringify([SESSION_EVENTS.volatile, ...start]).slice(0, -2)}${body}]]`,
          )
    this.#frame = packet === undefined ? undefined : textFrame(packet)
  }

  write({ socket }: Link): void {
    if (this.#frame === undefined || !writeFrame(socket.conn, this.#frame)) this.#others.add(socket.id)
  }

  /** Reaches the others through the adapter, like everything that Socket.IO broadcasts. */
  finish(): void {
    if (this.#others.size === 0) return
    const item = encodeRoomItem(this.#room, this.#position, this.#body)
    const packet = { type: EVENT_PACKET, data: [SESSION_EVENTS.volatile, ...item], nsp: this.#namespace.name }
    this.#namespace.adapter.broadcast(packet, { rooms: this.#others, flags: FLAGS })
  }
}
