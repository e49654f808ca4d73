import type { PrivateKey } from '@libp2p/interface'
import { explainErrors, isStarError, StarError } from '@socket-star/protocol'
import { parseAddress, withPeerId } from '@socket-star/protocol/address'
import { EVENTS } from '@socket-star/protocol/rendezvous'
import { abortError, throwIfAborted } from '../abort.ts'
import type { StarSocket } from '../wrap.ts'
import { checkJoinOptions } from './check-join-options.ts'
import { hubOf } from './hub.ts'
import { identityOf } from './identity.ts'
import { type JoinTerms, wireAddress } from './join.ts'
import { JOIN_REPLY_TIMEOUT_MS, JOIN_TIMEOUT_MS, MAX_OPEN_STREAMS } from './limits.ts'
import { stayJoined } from './membership.ts'
import { StarPeer } from './peer.ts'
import type { Peer, PeerStreamOptions } from './types.ts'
import { waitMs } from './wait.ts'

/** Options of {@link joinStar}. */
export interface JoinOptions {
  /** The key that proves the address: Ed25519, secp256k1 or RSA, of `@libp2p/crypto/keys`. */
  readonly privateKey?: PrivateKey | undefined
  /** Gives up joining (`ERR_ABORTED`). A peer that was joined is left with `leave()`. */
  readonly signal?: AbortSignal | undefined
  /**
   * Sign also challenges of a legacy server, which are bytes of its choice
   * (JOIN-8). Only for a server that you trust not to have you sign anything else.
   */
  readonly allowLegacyChallenge?: boolean | undefined
  /** Join also where the server asks nobody for a proof, and without a key (JOIN-13). */
  readonly allowNoChallenge?: boolean | undefined
  /** How long joining may take in all, in milliseconds; {@link JOIN_TIMEOUT_MS} unless given. */
  readonly timeoutMs?: number | undefined
  /** How long the server may take over one request, in milliseconds; {@link JOIN_REPLY_TIMEOUT_MS} unless given. */
  readonly replyTimeoutMs?: number | undefined
  /** How many streams may be open at a time; {@link MAX_OPEN_STREAMS} unless given. */
  readonly maxStreams?: number | undefined
  /** Limits of the peer's streams. */
  readonly stream?: PeerStreamOptions | undefined
}

/**
 * Joins an address on the server that a wrapped socket is connected to, or
 * connects to (PROTOCOL.md, JOIN clauses). From then on the peer joins again by
 * itself, with a fresh challenge, on each new connection of the socket.
 *
 * @param star the socket, wrapped by `wrap`; it may carry several peers
 * @param address a multiaddr in the WebSocketStar form; the peer id is added where it is missing (ADDR-7)
 * @throws StarError ERR_BAD_ADDRESS, ERR_ID_MISMATCH, ERR_BAD_KEY, ERR_ALREADY_JOINED; ERR_KEY_REQUIRED,
 * ERR_CHALLENGE_DISABLED, ERR_CHALLENGE, ERR_LEGACY_CHALLENGE; ERR_FORBIDDEN when the server refuses the
 * connection; ERR_CONFIG; ERR_TIMEOUT, ERR_ABORTED; ERR_CLOSED when the star is disconnected for good; or what the server answered
 *
 * @example
 * ```ts
 * import { generateKeyPair } from '@libp2p/crypto/keys'
 * import { joinStar, wrap } from '@socket-star/client'
 * import { io } from 'socket.io-client'
 *
 * const peer = await joinStar(
 *   wrap(io('http://127.0.0.1:9090')),
 *   '/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star',
 *   { privateKey: await generateKeyPair('Ed25519') },
 * )
 * peer.on('peer', (address) => console.log('here is', address))
 * ```
 */
export async function joinStar(
  // biome-ignore lint/suspicious/noExplicitAny: the application's event types do not matter here
  star: StarSocket<any, any>,
  address: string,
  options: JoinOptions = {},
): Promise<Peer> {
  explainErrors()
  checkJoinOptions(options)
  throwIfAborted(options.signal)
  const hub = hubOf(star)
  const terms = termsOf(address, options)
  const closing = new AbortController()
  const peer = new StarPeer(hub, terms.address.canonical, {
    maxStreams: options.maxStreams ?? MAX_OPEN_STREAMS,
    stream: options.stream ?? {},
    closing,
    leaveServer: () => hub.wire.emit(EVENTS.leave, wireAddress(terms.address.canonical)),
  })
  hub.add(peer)
  return new Promise((resolve, reject) => {
    let joinedBefore = false
    let lastRefusal: unknown
    const { signal, timeoutMs = JOIN_TIMEOUT_MS } = options
    const onAbort = (): void => closing.abort(abortError(signal as AbortSignal))
    signal?.addEventListener('abort', onAbort)
    // somebody waits for the answer, also where nothing else keeps a Node process alive
    const cancelTimer = hub.env.wakefulTimers.after(timeoutMs, () => {
      const text = `the address was not joined within ${timeoutMs} ms`
      closing.abort(new StarError('ERR_TIMEOUT', text, { cause: lastRefusal }))
    })
    const settle = (): void => {
      cancelTimer()
      signal?.removeEventListener('abort', onAbort)
    }
    stayJoined(
      hub,
      terms,
      {
        joining: () => peer.joining(),
        joined: (joined) => {
          const again = joinedBefore
          joinedBefore = true
          settle()
          peer.joined(joined, again)
          resolve(peer)
        },
        refused: (error) => {
          lastRefusal = error
          // Socket.IO does not try again by itself after a middleware said no; the session does where that says so
          if (hub.wire.socket.active !== false || isRetryable(error)) return
          if (joinedBefore) peer.failed(forbidden(error))
          else closing.abort(forbidden(error))
        },
        failed: (error) => peer.failed(error),
      },
      closing.signal,
    ).catch((error: unknown) => {
      settle()
      const reason = isStarError(error) ? error : new StarError('ERR_CLOSED', undefined, { cause: error })
      peer.close(reason)
      reject(reason)
    })
  })
}

function termsOf(text: string, options: JoinOptions): JoinTerms {
  const { privateKey, allowLegacyChallenge = false, allowNoChallenge = false } = options
  if (privateKey === undefined && !allowNoChallenge) {
    throw new StarError('ERR_KEY_REQUIRED', 'joining takes a privateKey, or allowNoChallenge')
  }
  const identity = privateKey === undefined ? undefined : identityOf(privateKey)
  const address = parseAddress(text)
  return {
    address: identity === undefined ? address : withPeerId(address, identity.peerId),
    identity,
    allowLegacyChallenge,
    allowNoChallenge,
    replyTimeoutMs: waitMs(options.replyTimeoutMs ?? JOIN_REPLY_TIMEOUT_MS),
  }
}

function isRetryable(error: unknown): boolean {
  const { data } = Object(error) as { data?: { retryable?: unknown } | null }
  return Boolean(data?.retryable)
}

function forbidden(error: unknown): StarError {
  const text = error instanceof Error ? error.message : undefined
  return new StarError('ERR_FORBIDDEN', text, { cause: error })
}
