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

type ManagerClass = new (
  uri: string | undefined,
  options: object,
) => { socket(namespace: string | undefined, options: object): ClientSocket }

/**
 * Another socket with the same options, on a Manager of its own, which is asked to connect by it alone. Undefined
 * where the socket's Manager does not carry this namespace alone: only then may another one take its place.
 */
export function secondSocket(socket: ClientSocket): ClientSocket | undefined {
  const { io, nsp, _opts, auth } = socket as Pattern
  if (!io || Object.keys(Object(io.nsps)).length !== 1) return undefined
  const Manager = io.constructor as ManagerClass
  return new Manager(io.uri, { ...io.opts, autoConnect: false }).socket(nsp, { ..._opts, auth })
}
