import { WebSocket as WebSocketTransport } from 'socket.io-client'

/** `cut`: connections are closed and none can be made. `silent`: whatever is sent vanishes, and nobody is told. */
type State = 'whole' | 'cut' | 'silent'

let state: State = 'whole'
const ends = new Set<WebSocket>()

/** The cable between this page and the server: Socket.IO's WebSocket transport, which can be cut. */
export class Cable extends WebSocketTransport {
  override doOpen(): this {
    if (state === 'whole') super.doOpen()
    else queueMicrotask(() => this.onError('the cable is cut', undefined))
    return this
  }

  override createSocket(...args: Parameters<WebSocketTransport['createSocket']>): WebSocket {
    const end: WebSocket = super.createSocket(...args)
    ends.add(end)
    end.addEventListener('close', () => ends.delete(end))
    return end
  }

  override doWrite(...args: Parameters<WebSocketTransport['doWrite']>): void {
    if (state === 'whole') super.doWrite(...args)
  }

  protected override onData(data: Parameters<WebSocketTransport['doWrite']>[1]): void {
    if (state === 'whole') super.onData(data)
  }
}

export function cutCable(silently: boolean): void {
  state = silently ? 'silent' : 'cut'
  if (!silently) closeAll()
}

export function mendCable(): void {
  // a connection that swallowed something is of no use any more
  if (state === 'silent') closeAll()
  state = 'whole'
}

function closeAll(): void {
  for (const end of ends) end.close()
}
