import type { SocketLike } from '@socket-star/protocol'
import { hasMethod } from '../insides.ts'
import { engineOf } from './engine.ts'
import { webSocketOf } from './web-socket.ts'

/**
 * Closes the connection below a socket without a word, and frees what waits
 * on it. A close that is said waits behind all that, for someone who may
 * never read it.
 */
export function terminate(socket: SocketLike): void {
  const engine = engineOf(socket)
  const webSocket = webSocketOf(engine)
  if (hasMethod(webSocket, 'terminate')) webSocket.terminate()
  else if (hasMethod(engine, 'close')) engine.close(true)
}
