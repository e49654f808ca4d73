import {
  ABORT_SIGNAL,
  atLeast,
  checkOptions,
  OBJECT,
  type OptionRule,
  type OptionRules,
  SWITCH,
} from '@socket-star/protocol'
import { checkStreamOptions } from '@socket-star/pull-stream'
import type { JoinOptions } from './join-star.ts'
import type { DialOptions, PeerStreamOptions } from './types.ts'

/** What it may be is told by its own error, ERR_BAD_KEY. */
const KEY: OptionRule = { says: 'a key', fits: () => true }
/** {@link checkStreamOptions} says what they may be. */
const LIMIT: OptionRule = { says: 'a number', fits: () => true }

const RULES: OptionRules<JoinOptions> = {
  privateKey: KEY,
  signal: ABORT_SIGNAL,
  allowLegacyChallenge: SWITCH,
  allowNoChallenge: SWITCH,
  timeoutMs: atLeast(0),
  replyTimeoutMs: atLeast(0),
  maxStreams: atLeast(0),
  stream: OBJECT,
}

const STREAM_RULES: OptionRules<PeerStreamOptions> = {
  maxBufferedBytes: LIMIT,
  overrunBytes: LIMIT,
  holdTimeoutMs: LIMIT,
  releaseBytes: LIMIT,
  maxUnsentBytes: LIMIT,
  frameBytes: LIMIT,
}

const DIAL_RULES: OptionRules<DialOptions> = { signal: ABORT_SIGNAL, timeoutMs: atLeast(0) }

/** @throws StarError ERR_CONFIG for what cannot be used, and for an option that there is not */
export function checkJoinOptions(options: JoinOptions): void {
  checkOptions(RULES, options)
  const { stream = {} } = options
  checkOptions(STREAM_RULES, stream, 'stream.')
  checkStreamOptions(stream)
}

/** @throws StarError ERR_CONFIG, likewise */
export function checkDialOptions(options: DialOptions): void {
  checkOptions(DIAL_RULES, options)
}
