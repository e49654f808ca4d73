import { StarError } from '@socket-star/protocol'
import { parseAddress } from '@socket-star/protocol/address'
import { EVENTS, parsePlainReply } from '@socket-star/protocol/rendezvous'
import { createSink, createSource, type StreamOptions } from '@socket-star/pull-stream'
import { throwIfAborted } from '../abort.ts'
import { checkDialOptions } from './check-join-options.ts'
import type { Hub } from './hub.ts'
import { wireAddress } from './join.ts'
import { DIAL_TIMEOUT_MS } from './limits.ts'
import type { OpenStreams } from './open-streams.ts'
import { request } from './request.ts'
import type { DialOptions, PeerStream } from './types.ts'
import { waitMs } from './wait.ts'

const DIAL_ID_BYTES = 16

/** What a dial needs of the peer that makes it. */
export interface Dialler {
  readonly hub: Hub
  /** The own canonical address. */
  readonly address: string
  readonly streams: OpenStreams
  readonly streamOptions: StreamOptions
}

/**
 * Opens a stream (PROTOCOL.md, DIAL-1, DIAL-2). The sink listens before the
 * request leaves, so that an early `accept` is not missed; the source accepts
 * once the server has a route for it, in the same turn as the reply.
 *
 * @throws StarError see {@link Peer.dial}
 */
export async function dial(dialler: Dialler, address: string, options: DialOptions): Promise<PeerStream> {
  checkDialOptions(options)
  throwIfAborted(options.signal)
  const { hub, streams, streamOptions } = dialler
  const { wire } = hub
  const to = parseAddress(address).canonical
  const dialId = hex(hub.env.randomBytes(DIAL_ID_BYTES))
  const slot = streams.open(`out ${dialId}`)
  const half: StreamOptions = { ...streamOptions, signal: slot.signal, onEnd: slot.onEnd }
  const openSource = () => createSource(wire, `${dialId}.listener`, half)
  try {
    const sink = createSink(wire, `${dialId}.dialer`, half)
    const args = [wireAddress(dialler.address), hub.discovery.list.announced(to) ?? wireAddress(to), dialId]
    const reply = await request(wire, EVENTS.dial, args, {
      timeoutMs: waitMs(options.timeoutMs ?? DIAL_TIMEOUT_MS),
      signal: options.signal === undefined ? slot.signal : AbortSignal.any([slot.signal, options.signal]),
      // the other side was let in after we gave up: it must not wait for us
      onLateReply: (late) => {
        if (late[0] === undefined || late[0] === null) openSource()
      },
    })
    parsePlainReply(reply)
    return { source: openSource(), sink }
  } catch (error) {
    slot.abort(error instanceof StarError ? error : new StarError('ERR_CLOSED', undefined, { cause: error }))
    throw error
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
