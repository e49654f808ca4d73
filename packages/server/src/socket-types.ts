import type { Namespace, Socket } from 'socket.io'

/** A server-side socket of any application: the suite never looks at the host's own event maps. */
// biome-ignore lint/suspicious/noExplicitAny: the host's event maps are its own, and Socket's type parameters are invariant
export type AnySocket = Socket<any, any, any, any>
/** The Engine.IO connection below a socket; the same for as long as the socket is there. */
export type Connection = AnySocket['conn']
/** A namespace of any application. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyNamespace = Namespace<any, any, any, any>
