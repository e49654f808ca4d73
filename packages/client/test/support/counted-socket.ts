import type { SocketLike } from '@socket-star/protocol'

/** A socket that counts the listeners on it: what is left of them is on nobody else. */
export function countListeners<S extends SocketLike>(socket: S): { socket: S; left(): string[] } {
  const left: string[] = []
  const counted = new Proxy(socket, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (key === 'on') left.push(String(args[0]))
        if (key === 'off' || key === 'removeListener') {
          const index = left.indexOf(String(args[0]))
          if (index >= 0) left.splice(index, 1)
        }
        return value.apply(target, args)
      }
    },
  })
  return { socket: counted, left: () => [...left] }
}
