/** The rendezvous' events (PROTOCOL.md, JOIN, DISC and DIAL clauses). */
export const EVENTS = {
  join: 'ss-join',
  leave: 'ss-leave',
  left: 'ss-left',
  dial: 'ss-dial',
  /** Spelled as every shipped peer spells it. */
  incoming: 'ss-incomming',
  peer: 'ws-peer',
  watch: 'ss-watch',
  peers: 'ss-peers',
} as const

/** An error string `CODE: text` (ERR-2), or nothing. */
export type WireError = string | null | undefined

/** `cb(error)`, `cb(null, nonce)` or `cb(null, null, peers, capabilities, v)` (JOIN-3, DISC-15). */
export type JoinReply = (
  error?: WireError,
  nonce?: string | null,
  peers?: string[],
  capabilities?: Capabilities,
  v?: number,
) => void
/** What is asked for: the whole list, or what changed of a known one (DISC-16). */
export type ListWish = 'all' | KnownList

/** What a join may ask for beside the address, of a server that is ours (DISC-15). */
export interface JoinRequestOptions {
  /** Send the peer list as well, and the changes of it: all of it, or what changed of a known one (DISC-16). */
  watch?: boolean | KnownList
}

/** `cb(error)` or `cb()` (DIAL-1). */
export type DialReply = (error?: WireError) => void
/** `cb(error)` or `cb(null, v)`, when everything up to that version of the list was sent (DISC-4). */
export type WatchReply = (error: WireError, v?: number) => void

/** What a server that is ours can do, the fourth argument of a join's reply (JOIN-9). */
export interface Capabilities {
  /** The version of the rendezvous extensions. */
  v: number
  /** Names of extensions; an unknown one is ignored. */
  features: string[]
}

/** A peer list as somebody knows it: whose versions, and which of them (DISC-16). */
export interface KnownList {
  id: string
  v: number
}

/** The whole peer list, its addresses written as DISC-14 says (DISC-4). */
export interface PeersSnapshot extends KnownList {
  all: string
}

/** One change of the peer list, likewise (DISC-5). */
export interface PeersDelta {
  v: number
  add: string
  drop: string
}

/** What a client emits, in Socket.IO's style of typing. */
export interface RendezvousClientToServer {
  'ss-join': (
    address: string,
    data: string,
    ...rest: [reply: JoinReply] | [options: JoinRequestOptions, reply: JoinReply]
  ) => void
  'ss-leave': (address: string) => void
  'ss-dial': (from: string, to: string, dialId: string, reply: DialReply) => void
  'ss-watch': (...args: [reply: WatchReply] | [known: KnownList, reply: WatchReply]) => void
}

/** What a server emits, in Socket.IO's style of typing. */
export interface RendezvousServerToClient {
  /** Towards a socket that watches: with the dialled address before the callback (DIAL-6). */
  'ss-incomming': (
    dialId: string,
    from: string,
    ...rest: [reply: DialReply] | [to: string, reply: DialReply]
  ) => void
  /** Towards a socket that watches: another one has taken the address (JOIN-22). */
  'ss-left': (address: string) => void
  'ws-peer': (address: string) => void
  'ss-peers': (update: PeersSnapshot | PeersDelta) => void
}
