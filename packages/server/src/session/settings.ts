import { checkOptions, functions, type OptionRule, type OptionRules, TEXT } from '@socket-star/protocol'
import {
  DEFAULT_BACKLOG_BYTES,
  DEFAULT_BACKLOG_MESSAGES,
  DEFAULT_WINDOW_BYTES,
  DEFAULT_WINDOW_MESSAGES,
} from '@socket-star/protocol/channel'
import {
  ANSWER_MS,
  type Encoded,
  HEARTBEAT_MS,
  RESUME_WINDOW_MS,
  type RoomLog,
  UNCONFIRMED_MS,
} from '@socket-star/protocol/session'
import { MAX_DELAY_MS } from '@socket-star/pull-stream'
import type { AnyNamespace } from '../socket-types.ts'
import type { SessionStore } from '../store/session-store.ts'

/** Sessions that one star keeps, those included whose clients are away (HS-19). */
export const DEFAULT_MAX_SESSIONS = 100_000
/** Bytes that wait for all sessions together (LIM-11): 32 that are full, or 5 kB for each of 100,000. */
export const DEFAULT_TOTAL_BACKLOG_BYTES = 536_870_912
/** What a frame needs beside its messages: head, name of the namespace, punctuation. */
export const FRAME_OVERHEAD_BYTES = 1_024
/** Socket.IO's own default for `maxHttpBufferSize`. */
const SOCKET_IO_BUFFER_BYTES = 1_000_000
/** Smallest limit for a message that makes sense. */
const LEAST_MESSAGE_BYTES = 1_024
/** Bytes that wait on a socket before nothing more is taken from the session: its window bounds what waits there. */
export const SOCKET_BACKLOG_BYTES = 1_048_576

/** Options of the sessions. Times are in milliseconds, sizes in bytes or messages; every one has a default. */
export interface SessionOptions extends SessionLimits {
  /** Where sessions rest. Default: this process' memory. */
  readonly store?: SessionStore | undefined
  /** Where the messages of rooms can be read again. Default: this process' memory. */
  readonly roomLog?: RoomLog<Encoded> | undefined
  /**
   * A file that {@link Star.close} writes the sessions and rooms of this process' memory into, and that the next
   * process goes on from. One that cannot be read is set aside, and the log says why. Default: none.
   */
  readonly stateFile?: string | undefined
}

/** The numbers of {@link SessionOptions}. */
export interface SessionLimits {
  /** How long a session is kept whose client is away (HS-17). Default: 120 000. */
  readonly resumeWindowMs?: number | undefined
  /** How long a session waits for its client to confirm it (HS-17). Default: 30 000. */
  readonly unconfirmedMs?: number | undefined
  /** Idle time before a heartbeat (SES-9). Default: 30 000. */
  readonly heartbeatMs?: number | undefined
  /** Silence that is a timeout while something is outstanding (SES-9). Default: 5 000. */
  readonly answerMs?: number | undefined
  /** What a client may have sent that the application has not consumed (CH-9). Default: 2 048. */
  readonly windowMessages?: number | undefined
  /** The same in bytes. Default: 1 MiB. */
  readonly windowBytes?: number | undefined
  /** What may wait for a client before `emit` throws ERR_BACKLOG (CH-11). Default: 65 536. */
  readonly backlogMessages?: number | undefined
  /** The same in bytes. Default: 16 MiB. */
  readonly backlogBytes?: number | undefined
  /**
   * What may wait for all clients together, each message counted with 128 bytes more, before sessions end with `backlog`
   * (LIM-11). No client may leave more than that. Default: {@link DEFAULT_TOTAL_BACKLOG_BYTES}.
   */
  readonly totalBacklogBytes?: number | undefined
  /** The largest message, either way; never more than, and by default, what Socket.IO's `maxHttpBufferSize` leaves room for. */
  readonly maxMessageBytes?: number | undefined
  /** Sessions at a time, those included whose clients are away (HS-19). Default: 100 000. */
  readonly maxSessions?: number | undefined
}

/** {@link SessionLimits} with every default filled in. */
export type SessionSettings = { readonly [K in keyof SessionLimits]-?: number }

function wholeUpTo(most: number): OptionRule {
  return {
    says: `a whole number from 1 to ${most}`,
    fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most,
  }
}

/** What a timer can wait for. */
const TIME = wholeUpTo(MAX_DELAY_MS)
const AMOUNT = wholeUpTo(Number.MAX_SAFE_INTEGER)

const RULES: OptionRules<SessionOptions> = {
  resumeWindowMs: TIME,
  unconfirmedMs: TIME,
  heartbeatMs: TIME,
  answerMs: TIME,
  windowMessages: AMOUNT,
  windowBytes: AMOUNT,
  backlogMessages: AMOUNT,
  backlogBytes: AMOUNT,
  totalBacklogBytes: AMOUNT,
  maxMessageBytes: AMOUNT,
  maxSessions: AMOUNT,
  store: functions('create', 'acquire', 'save', 'release', 'end'),
  roomLog: functions('append', 'head', 'read'),
  stateFile: TEXT,
}

/**
 * Clients are told most of these, and refuse what makes no sense.
 *
 * @throws StarError ERR_CONFIG for what is no whole number of at least 1, a time that no timer can wait for, an option
 *   that there is not
 */
export function checkSessionOptions(options: SessionOptions): void {
  checkOptions(RULES, options, 'sessions.')
}

export function sessionSettings(options: SessionLimits, namespace: AnyNamespace): SessionSettings {
  const room = roomForMessage(namespace)
  const totalBacklogBytes = options.totalBacklogBytes ?? DEFAULT_TOTAL_BACKLOG_BYTES
  return {
    resumeWindowMs: options.resumeWindowMs ?? RESUME_WINDOW_MS,
    unconfirmedMs: options.unconfirmedMs ?? UNCONFIRMED_MS,
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    answerMs: options.answerMs ?? ANSWER_MS,
    windowMessages: options.windowMessages ?? DEFAULT_WINDOW_MESSAGES,
    windowBytes: options.windowBytes ?? DEFAULT_WINDOW_BYTES,
    backlogMessages: options.backlogMessages ?? DEFAULT_BACKLOG_MESSAGES,
    backlogBytes: Math.min(options.backlogBytes ?? DEFAULT_BACKLOG_BYTES, totalBacklogBytes),
    totalBacklogBytes,
    maxMessageBytes: Math.min(options.maxMessageBytes ?? room, room),
    maxSessions: options.maxSessions ?? DEFAULT_MAX_SESSIONS,
  }
}

/** A message that Socket.IO would not take kills the connection that carries it. */
function roomForMessage(namespace: AnyNamespace): number {
  const { engine } = namespace.server as { engine?: { opts?: { maxHttpBufferSize?: unknown } } }
  const most = engine?.opts?.maxHttpBufferSize
  const bytes = typeof most === 'number' ? most : SOCKET_IO_BUFFER_BYTES
  return Math.max(LEAST_MESSAGE_BYTES, bytes - FRAME_OVERHEAD_BYTES)
}
