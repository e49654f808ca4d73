import type { SocketLike } from '@socket-star/protocol'
import type { StreamOptions } from './options.ts'
import type { Source } from './types.ts'

/** The reader's half of stream `id` on `socket`. Emits `accept.<id>` at once. */
export function createSource(
  socket: SocketLike,
  id: string,
  options: StreamOptions & { codec: 'plain' },
): Source<Uint8Array | string>
export function createSource(socket: SocketLike, id: string, options?: StreamOptions): Source<Uint8Array>
export function createSource(_socket: SocketLike, _id: string, _options?: StreamOptions): Source<Uint8Array> {
  throw new Error('in the next commit')
}
