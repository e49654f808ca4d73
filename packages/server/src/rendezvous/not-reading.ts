import { DEFAULT_OVERRUN_BYTES, pressureOf } from '@socket-star/pull-stream'
import type { StarQuotas } from '../limits.ts'
import type { AnySocket } from '../socket-types.ts'

/**
 * True when more waits on a socket than its streams may leave there before
 * they are cut (LIM-6): an answer, or a dial, would wait as well, and whoever
 * goes on asking without reading could make that grow for ever.
 */
export function doesNotRead(socket: AnySocket, { bytesInFlight }: StarQuotas): boolean {
  return pressureOf(socket).bufferedBytes() > bytesInFlight + DEFAULT_OVERRUN_BYTES
}
