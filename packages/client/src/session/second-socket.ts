import type { ClientSocket } from '../options.ts'

/** A socket as far as another one like it can be made of it. */
interface Pattern {
  readonly nsp?: string
  readonly _opts?: object
  readonly auth?: unknown
  readonly io?: {
    readonly uri?: string
    readonly opts?: object
    readonly nsps?: object
    readonly constructor: unknown
  }
}

interface Alone extends Pattern {
  readonly nsp: string
  readonly io: NonNullable<Pattern['io']> & { readonly uri: string }
}

type ManagerClass = new (
  uri: string,
  options: object,
) => { socket(namespace: string, options: object): ClientSocket & { connect(): unknown } }

/** True when the socket's Manager carries this namespace alone: only then may another Manager take its place. */
export function isAlone(socket: ClientSocket): boolean {
  const { io } = socket as Pattern
  return Object.keys(Object(io?.nsps)).length === 1 && typeof io?.uri === 'string'
}

/** Another socket with the same options as one that {@link isAlone}, on a Manager of its own; it connects by {@link ClientSocket.connect}. */
export function secondSocket(socket: ClientSocket): ClientSocket & { connect(): unknown } {
  const { io, nsp, _opts, auth } = socket as Pattern as Alone
  const Manager = io.constructor as ManagerClass
  const manager = new Manager(io.uri, { ...io.opts, forceNew: true, autoConnect: false })
  return manager.socket(nsp, { ..._opts, auth })
}
