import { type Announcement, AUTH_KEY } from '@socket-star/protocol/session'

/** The announcement in a socket's `auth`. */
export interface Announcing {
  /** Whether Socket.IO has asked for the announcement since the last question. */
  announced(): boolean
  /** The application's own part. */
  readonly own: unknown
  /** Gives the socket its own `auth` back. */
  undo(): void
}

interface Authenticating {
  auth?: unknown
}

type SendAuth = (data: object) => void

/**
 * Puts the announcement into a socket's `auth` (PROTOCOL.md SES-2), beside
 * what the application has there: an object, also when it is changed later, or
 * a function. An application that assigns another `auth` has the last word:
 * then nothing is announced there, and the answer is false.
 */
export function announceInAuth(socket: Authenticating, announce: () => Announcement): Announcing {
  let asked = false
  const own = socket.auth
  const give = (send: SendAuth): void => {
    asked = true
    const withOwn = (data: unknown): void =>
      send({ ...(typeof data === 'object' && data), [AUTH_KEY]: announce() })
    if (typeof own === 'function') own.call(socket, withOwn)
    else withOwn(own)
  }
  const ours = typeof own === 'object' && own !== null ? standIn(give, own) : give
  socket.auth = ours
  return {
    announced() {
      const announced = asked && socket.auth === ours
      asked = false
      return announced
    },
    get own() {
      return socket.auth === ours ? own : socket.auth
    },
    undo() {
      socket.auth = this.own
    },
  }
}

/** What may be done with an object beside calling it and reading it. */
const TRAPS = [
  'set',
  'has',
  'deleteProperty',
  'defineProperty',
  'ownKeys',
  'getOwnPropertyDescriptor',
] as const

/** A function that is otherwise the application's object: `socket.auth.token = …` reaches the object. */
function standIn(give: (send: SendAuth) => void, own: object): unknown {
  const onOwn = (trap: (typeof TRAPS)[number]) => {
    const act = Reflect[trap] as (target: object, ...args: unknown[]) => unknown
    return [trap, (_: unknown, key: unknown, value: unknown) => act(own, key, value)]
  }
  const get = (_: unknown, key: PropertyKey): unknown => Reflect.get(own, key)
  return new Proxy(give, { get, ...Object.fromEntries(TRAPS.map(onOwn)) })
}
