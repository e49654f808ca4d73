import * as limits from './limits.ts'
import type { ChannelOptions } from './types.ts'

/** {@link ChannelOptions} with every default filled in. */
export type Settings<P> = Required<ChannelOptions<P>>

const DEFAULTS = {
  welcome: 'none',
  incarnation: 1,
  ackOn: 'received',
  commitBeforeSend: false,
  windowMessages: limits.DEFAULT_WINDOW_MESSAGES,
  windowBytes: limits.DEFAULT_WINDOW_BYTES,
  backlogMessages: limits.DEFAULT_BACKLOG_MESSAGES,
  backlogBytes: limits.DEFAULT_BACKLOG_BYTES,
  spanMessages: limits.DEFAULT_SPAN_MESSAGES,
  ackDelayMs: limits.DEFAULT_ACK_DELAY_MS,
  frameLimits: {
    bytes: limits.DEFAULT_FRAME_BYTES,
    messages: limits.DEFAULT_FRAME_MESSAGES,
    attachments: limits.DEFAULT_FRAME_ATTACHMENTS,
  },
} as const

export function settingsOf<P>(options: ChannelOptions<P>): Settings<P> {
  return { ...DEFAULTS, ...options }
}
