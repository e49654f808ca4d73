import * as limits from './limits.ts'
import type { AckGate, ChannelOptions, FrameLimits } from './types.ts'

/** {@link ChannelOptions} with every default filled in. */
export interface Settings<P> {
  readonly bytesOf: (payload: P) => number
  readonly attachmentsOf: (payload: P) => number
  readonly welcome: 'sends' | 'expects' | 'none'
  readonly ackOn: AckGate
  readonly commitBeforeSend: boolean
  readonly windowMessages: number
  readonly windowBytes: number
  readonly backlogMessages: number
  readonly backlogBytes: number
  readonly spanMessages: number
  readonly ackDelayMs: number
  readonly frameLimits: FrameLimits
}

const none = () => 0
const FRAME_LIMITS: FrameLimits = {
  bytes: limits.DEFAULT_FRAME_BYTES,
  messages: limits.DEFAULT_FRAME_MESSAGES,
  attachments: limits.DEFAULT_FRAME_ATTACHMENTS,
}

export function settingsOf<P>(options: ChannelOptions<P>): Settings<P> {
  const { bytes, attachments } = options.measure
  return {
    welcome: 'none',
    ackOn: 'received',
    commitBeforeSend: false,
    windowMessages: limits.DEFAULT_WINDOW_MESSAGES,
    windowBytes: limits.DEFAULT_WINDOW_BYTES,
    backlogMessages: limits.DEFAULT_BACKLOG_MESSAGES,
    backlogBytes: limits.DEFAULT_BACKLOG_BYTES,
    spanMessages: limits.DEFAULT_SPAN_MESSAGES,
    ackDelayMs: limits.DEFAULT_ACK_DELAY_MS,
    frameLimits: FRAME_LIMITS,
    ...options,
    bytesOf: bytes,
    attachmentsOf: attachments ?? none,
  }
}
