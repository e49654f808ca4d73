import type { SocketLike } from '@socket-star/protocol'
import { checkStreamOptions } from '../check-options.ts'
import { Route } from './route.ts'
import type { Relay, RelayOptions } from './types.ts'

export { RelayBudget } from './budget.ts'
export { isReaderBehind } from './reader-gate.ts'
export type { Relay, RelayEnd, RelayEndCause, RelayOptions } from './types.ts'
export { UnreadWatch } from './unread-watch.ts'

/**
 * Relays stream `id` from one server-side socket to another, or to itself
 * (PS-40 and after). Create it before either end learns that the stream
 * exists: a frame that comes earlier finds nobody.
 *
 * Frames are passed on as they come and nothing is kept here. What a slow
 * reader leaves waiting on its socket is bounded: see {@link RelayOptions}.
 *
 * @throws StarError `ERR_DIAL_ID_IN_USE` when a live relay has this id on one
 *   of the sockets, `ERR_BAD_DIAL_ID` when it cannot be an id,
 *   `ERR_CONFIG` for options that cannot be used.
 */
export function createRelay(
  writer: SocketLike,
  reader: SocketLike,
  id: string,
  options: RelayOptions = {},
): Relay {
  checkStreamOptions(options)
  return new Route(writer, reader, id, options)
}
