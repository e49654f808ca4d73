import { StarError } from '@socket-star/protocol'
import { MAX_STREAM_ID_LENGTH } from './limits.ts'

/** The names of a stream's three events (PS-1). */
export interface StreamEvents {
  /** Reader to writer: start sending. No argument. */
  readonly accept: string
  /** Writer to reader: one frame of data. */
  readonly queue: string
  /** Either way: the end. `true` is a clean one, a string an error. */
  readonly error: string
}

const PREFIX = 'socket.io-pull-stream.'

/** The event names of stream `id`. Throws `ERR_BAD_DIAL_ID` when the id cannot be one (PS-2). */
export function eventsOf(id: string): StreamEvents {
  if (typeof id !== 'string' || id === '' || id.length > MAX_STREAM_ID_LENGTH) {
    throw new StarError('ERR_BAD_DIAL_ID', 'a stream id has 1 to 256 characters')
  }
  return { accept: `${PREFIX}accept.${id}`, queue: `${PREFIX}queue.${id}`, error: `${PREFIX}error.${id}` }
}
