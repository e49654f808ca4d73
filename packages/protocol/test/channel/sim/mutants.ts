import type {
  Ack,
  Channel,
  ChannelOptions,
  ChannelSnapshot,
  Fault,
  Frame,
  Hello,
  PathId,
} from '@socket-star/protocol/channel'
import { FullChannel } from '../../../src/channel/full-channel.ts'
import type { Path } from '../../../src/channel/path.ts'
import type { Maker } from './maker.ts'

/** Takes what came before for something new. */
class Forgetful extends FullChannel<string> {
  protected override accept(frame: Frame<string>, now: number): Fault | undefined {
    const known = frame.seq + frame.payloads.length - 1 <= this.received
    return super.accept(known ? { ...frame, seq: this.received + 1 } : frame, now)
  }
}

/** Does not wait for what is missing. */
class Hasty extends FullChannel<string> {
  protected override accept(frame: Frame<string>, now: number): Fault | undefined {
    return super.accept(frame.seq > this.received + 1 ? { ...frame, seq: this.received + 1 } : frame, now)
  }
}

/** Keeps what an earlier life of the other end sent beyond a gap. */
class Hoarding extends FullChannel<string> {
  protected override forget(): void {}
}

/** Never sends again. */
class Careless extends FullChannel<string> {
  protected override goBack(): void {}
}

/** Does not go back for a restored other end. */
class Stubborn extends FullChannel<string> {
  protected override rewind(): void {}
}

/** Takes every HELLO for one of the life it knows. */
class Unfenced extends FullChannel<string> {
  override receive(path: PathId, frame: Frame<string>, now: number): void {
    const [, , sent, acked] = frame.hello ?? [0, 0, 0, 0]
    const hello: Hello | undefined = frame.hello && [1, 1, sent, acked]
    super.receive(path, { ...frame, hello }, now)
  }
  protected override judge(): undefined {}
}

/** Continues whatever the cursors say. */
class Trusting extends FullChannel<string> {
  protected override judge(hello: Hello, ack: Ack, path: Path) {
    const verdict = super.judge(hello, ack, path)
    return verdict === 'state-lost' ? undefined : verdict
  }
}

function maker(Mutant: typeof FullChannel<string>, faulty?: Partial<ChannelOptions<string>>): Maker {
  const make = (options: ChannelOptions<string>) => new Mutant({ ...options, ...faulty })
  return {
    create: make,
    restore(snapshot: ChannelSnapshot<string>, options: ChannelOptions<string>): Channel<string> {
      const channel = make(options)
      channel.restore(snapshot)
      return channel
    },
  }
}

/** Channels with one fault each; the simulation has to catch every one of them. */
export const MUTANTS: Readonly<Record<string, Maker>> = {
  'no duplicate suppression': maker(Forgetful),
  'no waiting for a gap': maker(Hasty),
  'no resend of a gap': maker(Careless),
  'no fence between incarnations': maker(Unfenced),
  'no comparison of cursors': maker(Trusting),
  'no forgetting of what an earlier life sent': maker(Hoarding),
  'no going back for a restored end': maker(Stubborn),
  'no bound by credit': maker(FullChannel, { windowMessages: 1_000_000, windowBytes: 1_000_000_000 }),
  'no waiting for the store before a frame': maker(FullChannel, { commitBeforeSend: false }),
  'no waiting for the store before an acknowledgement': maker(FullChannel, { ackOn: 'received' }),
}

/** The same machine put together the mutants' way: without a fault it has to pass. */
export const HEALTHY: Maker = maker(FullChannel)
