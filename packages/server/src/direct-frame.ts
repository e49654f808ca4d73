import type { Connection } from './socket-types.ts'

/** What of Engine.IO's and ws' insides a frame is written through, each part checked before it is used. */
interface Insides {
  readonly readyState?: unknown
  readonly upgrading?: unknown
  readonly writeBuffer?: { readonly length?: unknown }
  readonly transport?: {
    readonly name?: unknown
    readonly writable?: unknown
    readonly perMessageDeflate?: unknown
    readonly socket?: {
      readonly readyState?: unknown
      readonly _sender?: { sendFrame?: (parts: Parts) => void }
    }
  }
}

/** A transport of Engine.IO's that is a WebSocket which takes frames as they are. */
interface Transport {
  readonly writable: unknown
  readonly socket: {
    readonly readyState: unknown
    readonly _sender: { sendFrame(parts: Parts): void }
  }
}

/** Frames as ws takes them for one write: made once, so that nothing is made for each of thousands who are sent them. */
export type Parts = readonly [Buffer]

/** Engine.IO's mark of a message, the first character of every packet. */
const MESSAGE = '4'
/** ws' state of a connection that can be written to. */
const OPEN = 1
const FINAL_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127

/** A whole WebSocket frame, header and all, that carries an encoded Socket.IO packet from a server. */
export function textFrame(packet: string): Buffer {
  const payload = Buffer.byteLength(packet) + MESSAGE.length
  const header = payload < LENGTH_16 ? 2 : payload <= 0xffff ? 4 : 10
  const frame = Buffer.allocUnsafe(header + payload)
  frame[0] = FINAL_TEXT
  if (header === 2) frame[1] = payload
  else if (header === 4) {
    frame[1] = LENGTH_16
    frame.writeUInt16BE(payload, 2)
  } else {
    frame[1] = LENGTH_64
    frame.writeBigUInt64BE(BigInt(payload), 2)
  }
  frame.write(MESSAGE + packet, header)
  return frame
}

/**
 * Hands a frame straight to a connection's WebSocket: half of what a write
 * through Engine.IO costs the process. Only where nothing waits in Engine.IO,
 * so that order holds, and nothing would change the frame; false, and nothing
 * written, everywhere else (long-polling, compression, another transport).
 */
export function writeFrame(connection: Connection, frame: Buffer): boolean {
  const transport = transportOf(connection)
  return transport !== undefined && write(transport, [frame])
}

/**
 * The same for one connection again and again: what never changes of it once
 * it is a WebSocket is looked at once. Where thousands are written to in turn,
 * most of what a write costs is that nothing of theirs is in a cache.
 */
export class DirectLine {
  readonly #connection: Connection
  #transport: Transport | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** As {@link writeFrame}. */
  write(frames: Parts): boolean {
    this.#transport ??= transportOf(this.#connection)
    return this.#transport !== undefined && write(this.#transport, frames)
  }
}

/** Undefined as long as it is another one, and wherever something waits for it in Engine.IO. */
function transportOf(connection: Connection): Transport | undefined {
  const { readyState, upgrading, writeBuffer, transport } = connection as unknown as Insides
  if (readyState !== 'open' || upgrading === true || writeBuffer?.length !== 0) return undefined
  if (transport?.name !== 'websocket' || transport.perMessageDeflate) return undefined
  const sendFrame = transport.socket?._sender?.sendFrame
  return typeof sendFrame === 'function' ? (transport as Transport) : undefined
}

/** A transport that can be written to has nothing waiting for it: Engine.IO would have given it that. */
function write({ writable, socket }: Transport, frames: Parts): boolean {
  if (writable !== true || socket.readyState !== OPEN) return false
  socket._sender.sendFrame(frames)
  return true
}
