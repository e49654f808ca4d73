import type { Channel } from './channel.ts'
import { FullChannel } from './full-channel.ts'
import type { ChannelOptions, ChannelSnapshot } from './types.ts'

/** A new Channel, with nothing sent and nothing received. */
export function createChannel<P>(options: ChannelOptions<P>): Channel<P> {
  return new FullChannel(options)
}

/**
 * A Channel that goes on where a snapshot was taken (CH-17), as a later life
 * of the same end. Give it a fresh path id for each path, and consume what is
 * {@link Channel.interrupted}. `options` must be those of the first life.
 *
 * @throws StarError `ERR_BAD_REQUEST` for a snapshot of another version, or an incarnation that does not rise
 */
export function restoreChannel<P>(snapshot: ChannelSnapshot<P>, options: ChannelOptions<P>): Channel<P> {
  const channel = new FullChannel(options)
  channel.restore(snapshot)
  return channel
}
