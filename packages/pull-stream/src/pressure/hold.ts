import { hasMethod, inside } from '../insides.ts'

/** Lets a held connection go. Calling it again does nothing. */
export type Release = () => void

const holders = new WeakMap<object, number>()

/** True when reading from the WebSocket can be paused: one of `ws`, in Node. */
export function canPause(webSocket: object | undefined): boolean {
  return (
    (hasMethod(webSocket, 'pause') && hasMethod(webSocket, 'resume')) ||
    hasMethod(inside(webSocket)._socket, 'pause')
  )
}

/** True while someone holds the WebSocket: nothing is heard from it, and that says nothing about the other side. */
export function isHeld(webSocket: object | undefined): boolean {
  return holders.has(webSocket as object)
}

/** Pauses reading from the WebSocket until all who hold it have released it. */
export function holdWebSocket(webSocket: object): Release {
  const count = holders.get(webSocket) ?? 0
  holders.set(webSocket, count + 1)
  if (count === 0) pause(webSocket)
  let released = false
  return () => {
    if (released) return
    released = true
    const left = (holders.get(webSocket) ?? 1) - 1
    if (left > 0) {
      holders.set(webSocket, left)
    } else {
      holders.delete(webSocket)
      resume(webSocket)
    }
  }
}

function pause(webSocket: object): void {
  if (hasMethod(webSocket, 'pause')) {
    webSocket.pause()
    return
  }
  // ws before 8 has no pause(), and its parser resumes the connection at the end of each chunk.
  pauseConnection(webSocket)
  setTimeout(() => {
    if (holders.has(webSocket)) pauseConnection(webSocket)
  }, 0)
}

function pauseConnection(webSocket: object): void {
  const connection = inside(webSocket)._socket
  if (hasMethod(connection, 'pause')) connection.pause()
}

function resume(webSocket: object): void {
  const target = hasMethod(webSocket, 'resume') ? webSocket : inside(webSocket)._socket
  if (hasMethod(target, 'resume')) target.resume()
}
