import {
  type Channel,
  type ChannelOptions,
  type ChannelSnapshot,
  createChannel,
  restoreChannel,
} from '@socket-star/protocol/channel'

/** How Channels are made: the real way, or a mutant's. */
export interface Maker {
  create(options: ChannelOptions<string>): Channel<string>
  restore(snapshot: ChannelSnapshot<string>, options: ChannelOptions<string>): Channel<string>
}

export const REAL: Maker = { create: createChannel, restore: restoreChannel }
