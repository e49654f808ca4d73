import type { joinStar, wrap } from '@socket-star/client'
import type { Socket } from 'socket.io-client'

/** Nothing here runs: `tsc -p tsconfig.check.json` is the test, of what a CommonJS module's types are. */
interface ServerToClient {
  news: (text: string) => void
}
interface ClientToServer {
  chat: (text: string) => void
}

function inferred(
  client: { wrap: typeof wrap; joinStar: typeof joinStar },
  socket: Socket<ServerToClient, ClientToServer>,
): void {
  const star = client.wrap(socket, { persist: 'tab' })
  star.on('news', (text) => text.trim())
  star.emit('chat', 'hello')
  // @ts-expect-error: no such event comes
  star.on('chat', () => {})
  // @ts-expect-error: a chat is a text
  star.emit('chat', 7)
  star.socket.disconnect().io.engine.close()
  void client.joinStar(star, '/ip4/…')
}

module.exports = { inferred }
