import type { StarError } from '@socket-star/protocol'
import type { Duplex, StreamOptions } from '@socket-star/pull-stream'
import type { Listenable } from '../emitter.ts'
import type { PeerDrops } from './drops.ts'

/**
 * Where a peer stands (JOIN-10): `joining` while a join is on its way or waits
 * for the connection or for its next attempt, `joined` while it can dial and be
 * dialled, `left` for good.
 */
export type PeerStatus = 'joining' | 'joined' | 'left'

/** A stream between two peers: a pull-stream duplex, half-closed each way by its ends. */
export type PeerStream = Duplex<Uint8Array, Uint8Array>

/** Who is at the other end of a stream that was dialled to us. */
export interface IncomingInfo {
  /** The dialler's address, canonical. The server vouches for it. */
  readonly from: string
}

/** What a {@link Peer} tells its listeners. */
export interface PeerEvents {
  /** Another peer is there. Fires once for each address that enters {@link Peer.peers}. */
  peer: (address: string) => void
  /** Another peer is gone. */
  'peer-gone': (address: string) => void
  /** Another peer dialled us. A dial is refused while nobody listens to this. */
  stream: (stream: PeerStream, info: IncomingInfo) => void
  /** The peer's status changed. */
  status: (status: PeerStatus) => void
  /** The address was joined again, after a reconnect or a restart of the server. */
  rejoin: () => void
  /** Something went wrong that is being tried again by itself, or that ends the peer: then `close` follows. */
  error: (error: StarError) => void
  /** The peer has left: the application said so (no error), or it cannot stay (why). */
  close: (error?: StarError) => void
}

/** Options of {@link Peer.dial}. */
export interface DialOptions {
  /** Gives the dial up (`ERR_ABORTED`). It does not end a stream that is open. */
  readonly signal?: AbortSignal | undefined
  /** How long the dial may take, in milliseconds; `DIAL_TIMEOUT_MS` unless given. */
  readonly timeoutMs?: number | undefined
}

/** An address that this client joined: it discovers other peers, dials them and is dialled (JOIN, DISC, DIAL clauses). */
export interface Peer extends Listenable<PeerEvents> {
  /** The own address, canonical, with the peer id. */
  readonly address: string
  readonly status: PeerStatus
  /** Canonical addresses of the other peers that are there, as far as the server told. */
  readonly peers: ReadonlySet<string>
  /** How many streams are open, dialled and accepted together. */
  readonly openStreams: number
  /** What arrived on this socket and was thrown away. */
  readonly drops: PeerDrops
  /**
   * Opens a stream to another peer (DIAL-1). Resolves when the other side has
   * accepted; what its sink is given flows at once.
   *
   * @param address the other peer's address, in any spelling
   * @throws StarError ERR_PEER_NOT_FOUND, ERR_DIAL_REFUSED, ERR_DIAL_TIMEOUT or what else the server
   * or the peer answered; ERR_BAD_ADDRESS, ERR_NOT_CONNECTED, ERR_DISCONNECTED, ERR_TIMEOUT, ERR_QUOTA,
   * ERR_ABORTED, ERR_CLOSED, ERR_CONFIG for the options
   */
  dial(address: string, options?: DialOptions): Promise<PeerStream>
  /**
   * Leaves the address for good (JOIN-11): every stream ends with `ERR_CLOSED`,
   * pending dials fail with it, and no listener stays on the socket. The socket
   * stays connected: it is the application's.
   */
  leave(): void
}

/** What an application may say about the streams of its peer; every one has a default. */
export type PeerStreamOptions = Pick<
  StreamOptions,
  'maxBufferedBytes' | 'overrunBytes' | 'holdTimeoutMs' | 'releaseBytes' | 'maxUnsentBytes' | 'frameBytes'
>
