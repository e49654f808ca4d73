import * as limits from './limits.ts'
import type { ChannelOptions } from './types.ts'

/** {@link ChannelOptions} with the defaults of what every Channel has; the window may be resized. */
export type Settings<P> = { -readonly [K in keyof ChannelOptions<P>]: ChannelOptions<P>[K] } & {
  -readonly [K in keyof typeof DEFAULTS]: NonNullable<ChannelOptions<P>[K]>
}

export const DEFAULTS = {
  windowMessages: limits.DEFAULT_WINDOW_MESSAGES,
  windowBytes: limits.DEFAULT_WINDOW_BYTES,
  backlogMessages: limits.DEFAULT_BACKLOG_MESSAGES,
  backlogBytes: limits.DEFAULT_BACKLOG_BYTES,
  spanMessages: limits.DEFAULT_SPAN_MESSAGES,
  ackDelayMs: limits.DEFAULT_ACK_DELAY_MS,
} as const
