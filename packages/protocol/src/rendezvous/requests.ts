import { parseAddress, type StarAddress } from '../address/index.ts'
import { StarError } from '../errors.ts'
import type { DialReply, JoinReply, JoinRequestOptions, ListWish, WatchReply } from './events.ts'
import { parseKnownList } from './known-list.ts'
import { MAX_DIAL_ID_LENGTH } from './limits.ts'
import { record } from './values.ts'

/**
 * Readers for the arguments of every request (LIM-1). Each takes whatever
 * arrived, looks at no more of it than the event asks for, and either returns
 * a record of checked values or throws a coded {@link StarError}.
 */
type Args = readonly unknown[]

const DIAL_ID = /^[A-Za-z0-9_.-]+$/

/** `ss-join(address, data, cb)` or `ss-join(address, data, options, cb)`; the data may be left out (JOIN-2, JOIN-4). */
export function parseJoin(args: Args): {
  address: StarAddress
  data: string
  /** Where it asks for the peer list as well (DISC-15). */
  wish: ListWish | undefined
  reply: JoinReply
} {
  const [address, data, ...rest] = args.length === 2 ? [args[0], '', args[1]] : args
  if (typeof address === 'function') throw new StarError('ERR_BAD_REQUEST', 'the address is missing')
  const [options, reply] = typeof rest[0] === 'function' ? [undefined, ...rest] : rest
  if (data !== undefined && data !== null && typeof data !== 'string') {
    throw new StarError('ERR_BAD_REQUEST', 'the data of a join is not a string')
  }
  return {
    reply: callback<JoinReply>(reply),
    address: parseAddress(address),
    data: data ?? '',
    wish: wishIn(options),
  }
}

function wishIn(options: unknown): ListWish | undefined {
  const { watch } = record(options ?? {}, 'the options are not an object') as JoinRequestOptions
  const isWish = watch === true || (typeof watch === 'object' && watch !== null)
  return isWish ? (parseKnownList(watch) ?? 'all') : undefined
}

/** `ss-leave(address)` (JOIN-11). */
export function parseLeave(args: Args): { address: StarAddress } {
  return { address: parseAddress(args[0]) }
}

/** `ss-left(address)` (JOIN-22). */
export function parseLeft(args: Args): { address: StarAddress } {
  return { address: parseAddress(args[0]) }
}

/** `ss-dial(from, to, dialId, cb)` (DIAL-1). */
export function parseDial(args: Args): {
  from: StarAddress
  to: StarAddress
  dialId: string
  reply: DialReply
} {
  const [from, to, dialId, reply] = args
  return {
    reply: callback<DialReply>(reply),
    from: parseAddress(from),
    to: parseAddress(to),
    dialId: parseDialId(dialId),
  }
}

/** `ss-incomming(dialId, from, cb)` or `ss-incomming(dialId, from, to, cb)` (DIAL-5, DIAL-6). */
export function parseIncoming(args: Args): {
  dialId: string
  from: StarAddress
  /** Who is dialled, where the server says so. */
  to: StarAddress | undefined
  reply: DialReply
} {
  const [dialId, from, ...rest] = args
  const [to, reply] = rest.length > 1 ? rest : [undefined, ...rest]
  return {
    reply: callback<DialReply>(reply),
    dialId: parseDialId(dialId),
    from: parseAddress(from),
    to: to === undefined ? undefined : parseAddress(to),
  }
}

/** `ss-watch(cb)` or `ss-watch(known, cb)` (DISC-4, DISC-16). */
export function parseWatch(args: Args): { wish: ListWish; reply: WatchReply } {
  const [known, reply] = typeof args[0] === 'function' ? [undefined, ...args] : args
  return { reply: callback<WatchReply>(reply), wish: parseKnownList(known) ?? 'all' }
}

/** `ws-peer(address)` (DISC-2). */
export function parsePeer(args: Args): { address: StarAddress } {
  return { address: parseAddress(args[0]) }
}

/**
 * The callback among the arguments of a request that could not be read, so that
 * its sender learns the error; undefined where there is none (LIM-1).
 */
export function replyIn(args: Args): ((error: string) => void) | undefined {
  const last = args.at(-1)
  return typeof last === 'function' ? (last as (error: string) => void) : undefined
}

function parseDialId(dialId: unknown): string {
  if (typeof dialId !== 'string' || dialId.length > MAX_DIAL_ID_LENGTH || !DIAL_ID.test(dialId)) {
    throw new StarError('ERR_BAD_DIAL_ID')
  }
  return dialId
}

function callback<T>(value: unknown): T {
  if (typeof value !== 'function') throw new StarError('ERR_BAD_REQUEST', 'the callback is missing')
  return value as T
}
