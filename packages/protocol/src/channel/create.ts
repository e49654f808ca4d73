import { StarError } from '../errors.ts'
import type { Channel } from './channel.ts'
import { ChannelMachine } from './machine.ts'
import { settingsOf } from './settings.ts'
import type { ChannelOptions, ChannelSnapshot } from './types.ts'

/** A new Channel, with nothing sent and nothing received. */
export function createChannel<P>(options: ChannelOptions<P>): Channel<P> {
  return new ChannelMachine(settingsOf(options))
}

/**
 * A Channel that goes on where a snapshot was taken (CH-17), as a later life
 * of the same end. Give it a fresh path id for each path, and consume what is
 * {@link Channel.interrupted}. `options` must be those of the first life.
 *
 * @throws StarError `ERR_BAD_REQUEST` for a snapshot of another version, or an incarnation that does not rise
 */
export function restoreChannel<P>(snapshot: ChannelSnapshot<P>, options: ChannelOptions<P>): Channel<P> {
  const settings = settingsOf({ incarnation: snapshot.incarnation + 1, ...options })
  if (snapshot.v !== 1 || settings.incarnation <= snapshot.incarnation) throw new StarError('ERR_BAD_REQUEST')
  const machine = new ChannelMachine(settings)
  machine.restore(snapshot)
  return machine
}
