import { StarError } from '../errors.ts'
import type { Channel } from './channel.ts'
import { ChannelMachine } from './machine.ts'
import { settingsOf } from './settings.ts'
import type { ChannelOptions, ChannelSnapshot } from './types.ts'

/** A new Channel, with nothing sent and nothing received. */
export function createChannel<P>(options: ChannelOptions<P>): Channel<P> {
  return new ChannelMachine(settingsOf(options), options.incarnation ?? 1)
}

/**
 * A Channel that goes on where a snapshot was taken (CH-17), as a later life
 * of the same end. Give it a fresh path id for each path, and consume what is
 * {@link Channel.interrupted}. `options` must be those of the first life.
 *
 * @throws StarError `ERR_BAD_REQUEST` for a snapshot of another version, or an incarnation that does not rise
 */
export function restoreChannel<P>(snapshot: ChannelSnapshot<P>, options: ChannelOptions<P>): Channel<P> {
  const incarnation = options.incarnation ?? snapshot.incarnation + 1
  if (snapshot.v !== 1) throw new StarError('ERR_BAD_REQUEST', 'the snapshot is of another version')
  if (!(incarnation > snapshot.incarnation))
    throw new StarError('ERR_BAD_REQUEST', 'the incarnation must rise')
  const machine = new ChannelMachine(settingsOf(options), incarnation)
  machine.restore(snapshot)
  return machine
}
