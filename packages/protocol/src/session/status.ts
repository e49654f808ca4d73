/**
 * The status of a node, with the names and numbers of the dop documents
 * (PROTOCOL.md HS-1). The socket of a handshake has one, and so has the
 * identity that outlives its sockets.
 */
export const OPEN = 0
export const PRECONNECTED = 1
export const CONNECTED = 2
export const RECONNECTING = 3
export const DISCONNECTED = 4

/** All of them, by their names. */
export const STATUS = { OPEN, PRECONNECTED, CONNECTED, RECONNECTING, DISCONNECTED } as const

/** A status by its name. */
export type StatusName = keyof typeof STATUS

/** A status as a number, as applications observe it. */
export type Status = (typeof STATUS)[StatusName]

/** The name of a status, as the tables write it. */
export function statusName(status: Status): StatusName {
  return (Object.keys(STATUS) as StatusName[])[status] ?? 'DISCONNECTED'
}
