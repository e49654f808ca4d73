import { type DirectLine, type Parts, textFrame } from './direct-frame.ts'
import type { AnyNamespace, AnySocket } from './socket-types.ts'

/** socket.io-parser's number for an event; socket.io does not export it. */
const EVENT_PACKET = 2

/**
 * Local sockets only: the registry is this process' own. `volatile: false`,
 * rather than left out, keeps the packet out of connection state recovery,
 * which would replay it to a socket that has to join again anyway (NET-5).
 */
const FLAGS = { local: true, volatile: false, compress: false }

/** The arguments of one event, and the one socket that it is not for. */
export interface Message {
  readonly args: readonly unknown[]
  readonly except?: AnySocket
}

/** Somebody to send to. */
export interface Receiver {
  readonly socket: AnySocket
  readonly line: DirectLine
}

/** Many of them. It is gone through by `forEach`: an iterator would make an entry for each. */
export type Receivers = ReadonlyMap<AnySocket, DirectLine>

interface Prepared {
  readonly packet: { readonly type: number; readonly data: unknown; readonly nsp: string }
  readonly except: AnySocket | undefined
  /** Undefined where it cannot be written as a frame. */
  readonly frame: Buffer | undefined
}

/**
 * Events of one name that go out together: encoded once, for however many
 * sockets they are sent to, whenever that is, and what one socket gets of them
 * is one write. Sockets that frames cannot be written to directly are reached
 * through the adapter, like everything that Socket.IO broadcasts.
 */
export class PreparedEvents {
  readonly #namespace: AnyNamespace
  readonly #prepared: readonly Prepared[]
  readonly #exceptions: ReadonlySet<AnySocket>
  readonly #frames: Parts | undefined

  private constructor(namespace: AnyNamespace, prepared: readonly Prepared[]) {
    this.#namespace = namespace
    this.#prepared = prepared
    this.#exceptions = new Set(prepared.map(({ except }) => except).filter((socket) => socket !== undefined))
    this.#frames = joinFrames(prepared)
  }

  static of(namespace: AnyNamespace, event: string, messages: readonly Message[]): PreparedEvents {
    const prepared = messages.map(({ args, except }) => {
      const packet = { type: EVENT_PACKET, data: [event, ...args], nsp: namespace.name }
      return { packet, except, frame: frameOf(namespace, packet) }
    })
    return new PreparedEvents(namespace, prepared)
  }

  /** Everything that was prepared for one namespace, in one write: what is encoded already is not encoded again. */
  static together(parts: readonly PreparedEvents[]): PreparedEvents | undefined {
    const [first] = parts
    if (first === undefined || parts.length === 1) return first
    const prepared = parts.flatMap((part) => part.#prepared)
    return new PreparedEvents(first.#namespace, prepared)
  }

  sendTo({ socket, line }: Receiver): void {
    if (!this.#write(socket, line)) this.#broadcast([socket])
  }

  /** Sockets with their lines, side by side: a broadcast need not look at the sockets themselves. */
  send(receivers: Receivers): void {
    const others: AnySocket[] = []
    receivers.forEach((line, socket) => {
      if (!this.#write(socket, line)) others.push(socket)
    })
    if (others.length > 0) this.#broadcast(others)
  }

  #write(socket: AnySocket, line: DirectLine): boolean {
    const isFor = this.#exceptions.size === 0 || !this.#exceptions.has(socket)
    const frames = isFor ? this.#frames : this.#framesFor(socket)
    return frames !== undefined && (frames[0].length === 0 || line.write(frames))
  }

  #framesFor(socket: AnySocket): Parts | undefined {
    return joinFrames(this.#prepared.filter(({ except }) => except !== socket))
  }

  #broadcast(sockets: readonly AnySocket[]): void {
    for (const { packet, except } of this.#prepared) {
      const rooms = new Set(sockets.filter((socket) => socket !== except).map(({ id }) => id))
      if (rooms.size > 0) this.#namespace.adapter.broadcast(packet, { rooms, flags: FLAGS })
    }
  }
}

/** Frames that follow each other; undefined when one of them cannot be written as a frame. */
function joinFrames(prepared: readonly Prepared[]): Parts | undefined {
  const frames = prepared.map(({ frame }) => frame).filter((frame) => frame !== undefined)
  if (frames.length < prepared.length) return undefined
  const [first, ...rest] = frames
  return [first !== undefined && rest.length === 0 ? first : Buffer.concat(frames)]
}

function frameOf(namespace: AnyNamespace, packet: Prepared['packet']): Buffer | undefined {
  const [encoded, ...attachments] = namespace.server.encoder.encode(packet)
  return typeof encoded === 'string' && attachments.length === 0 ? textFrame(encoded) : undefined
}
