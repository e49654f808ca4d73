import {
  type Channel,
  type ChannelOptions,
  type ChannelSnapshot,
  createChannel,
  restoreChannel,
} from '@socket-star/protocol/channel'
import { Lean } from './lean.ts'

/** How Channels are made: the real way, or a mutant's; lean is what a session's client bundles. */
export interface Maker {
  create(options: ChannelOptions<string>, lean: boolean): Channel<string>
  restore(snapshot: ChannelSnapshot<string>, options: ChannelOptions<string>, lean: boolean): Channel<string>
}

export const REAL: Maker = {
  create: (options, lean) => (lean ? new Lean(options) : createChannel(options)),
  restore(snapshot, options, lean) {
    if (!lean) return restoreChannel(snapshot, options)
    const channel = new Lean(options)
    channel.restore(snapshot)
    return channel
  },
}
