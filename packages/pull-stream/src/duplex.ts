import type { SocketLike } from '@socket-star/protocol'
import type { StreamOptions } from './options.ts'
import { createSink } from './sink.ts'
import { createSource } from './source.ts'
import type { Duplex } from './types.ts'

/** The ids of the two streams that make up a connection. */
export interface DuplexIds {
  /** The stream that we read. */
  readId: string
  /** The stream that we write. */
  writeId: string
}

/** Both directions of a connection on one socket. */
export function createDuplex(
  socket: SocketLike,
  ids: DuplexIds,
  options?: StreamOptions,
): Duplex<Uint8Array> {
  return { source: createSource(socket, ids.readId, options), sink: createSink(socket, ids.writeId, options) }
}
