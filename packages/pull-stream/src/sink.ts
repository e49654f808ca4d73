import type { SocketLike } from '@socket-star/protocol'
import type { StreamOptions } from './options.ts'
import type { Sink } from './types.ts'

/** The writer's half of stream `id` on `socket`. Reads nothing before `accept.<id>` has come. */
export function createSink(
  socket: SocketLike,
  id: string,
  options: StreamOptions & { codec: 'plain' },
): Sink<Uint8Array | string>
export function createSink(socket: SocketLike, id: string, options?: StreamOptions): Sink<Uint8Array>
export function createSink(_socket: SocketLike, _id: string, _options?: StreamOptions): Sink<never> {
  throw new Error('in the next commit')
}
