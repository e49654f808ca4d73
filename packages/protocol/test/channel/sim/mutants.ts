import type {
  Ack,
  Channel,
  ChannelOptions,
  ChannelSnapshot,
  Frame,
  Hello,
  PathId,
} from '@socket-star/protocol/channel'
import { Flight } from '../../../src/channel/flight.ts'
import { greet } from '../../../src/channel/greeting.ts'
import { Inbox, type Verdict } from '../../../src/channel/inbox.ts'
import { ChannelMachine } from '../../../src/channel/machine.ts'
import { Outbox } from '../../../src/channel/outbox.ts'
import { type Settings, settingsOf } from '../../../src/channel/settings.ts'
import type { Maker } from './maker.ts'

/** Takes what came before for something new. */
class ForgetfulInbox extends Inbox<string> {
  override accept(frame: Frame<string>): Verdict {
    const known = frame.seq + frame.payloads.length - 1 <= this.received
    return super.accept(known ? { ...frame, seq: this.received + 1 } : frame)
  }
}

/** Does not wait for what is missing. */
class HastyInbox extends Inbox<string> {
  override accept(frame: Frame<string>): Verdict {
    return super.accept(frame.seq > this.received + 1 ? { ...frame, seq: this.received + 1 } : frame)
  }
}

/** Keeps what an earlier life of the other end sent beyond a gap. */
class HoardingInbox extends Inbox<string> {
  override forgetBeyond(): void {}
}

/** Grants credit for ever. */
class GenerousInbox extends Inbox<string> {
  override ack(live: boolean, withRanges: boolean): Ack {
    const [received, ack, messages, bytes, ...ranges] = super.ack(live, withRanges)
    return [received, ack, messages + 1_000_000, bytes + 1_000_000_000, ...ranges]
  }
  protected override check(frame: Frame<string>, last: number): Verdict {
    const verdict = super.check(frame, last)
    if (verdict !== 'credit') return verdict
    return frame.seq > this.received + 1 ? 'beyond' : 'next'
  }
}

/** Never sends again. */
class CarelessFlight extends Flight<string> {
  override lose(): void {}
}

/** Does not go back for a restored other end. */
class StubbornFlight extends Flight<string> {
  override rewind(): void {}
}

/** Takes every HELLO for one of the life it knows. */
class UnfencedMachine extends ChannelMachine<string> {
  override receive(path: PathId, frame: Frame<string>, now: number): void {
    const [version, , , ...rest] = frame.hello ?? [0, 0, 0, 0, 0, 0, 0]
    const hello: Hello | undefined = frame.hello && [version, 1, 1, ...rest]
    super.receive(path, { ...frame, hello }, now)
  }
}

/** Continues whatever the cursors say. */
const trusting: typeof greet = (...args) => {
  const greeting = greet(...args)
  return greeting === 'state-lost' ? 'agreed' : greeting
}

interface Parts {
  readonly Machine?: typeof ChannelMachine<string>
  readonly MutantInbox?: typeof Inbox<string>
  readonly MutantFlight?: typeof Flight<string>
  readonly judge?: typeof greet
  readonly faulty?: Partial<Settings<string>>
}

function maker({
  Machine = ChannelMachine,
  MutantInbox = Inbox,
  MutantFlight = Flight,
  judge = greet,
  faulty,
}: Parts): Maker {
  const make = (options: ChannelOptions<string>) => {
    const settings: Settings<string> = { ...settingsOf(options), ...faulty }
    return new Machine(settings, new MutantInbox(settings), new Outbox(settings, new MutantFlight()), judge)
  }
  return {
    create: make,
    restore(snapshot: ChannelSnapshot<string>, options: ChannelOptions<string>): Channel<string> {
      const machine = make(options)
      machine.restore(snapshot)
      return machine
    },
  }
}

/** Channels with one fault each; the simulation has to catch every one of them. */
export const MUTANTS: Readonly<Record<string, Maker>> = {
  'no duplicate suppression': maker({ MutantInbox: ForgetfulInbox }),
  'no waiting for a gap': maker({ MutantInbox: HastyInbox }),
  'no resend of a gap': maker({ MutantFlight: CarelessFlight }),
  'no fence between incarnations': maker({ Machine: UnfencedMachine, judge: () => 'agreed' }),
  'no comparison of cursors': maker({ judge: trusting }),
  'no forgetting of what an earlier life sent': maker({ MutantInbox: HoardingInbox }),
  'no going back for a restored end': maker({ MutantFlight: StubbornFlight }),
  'no bound by credit': maker({ MutantInbox: GenerousInbox }),
  'no waiting for the store before a frame': maker({ faulty: { commitBeforeSend: false } }),
  'no waiting for the store before an acknowledgement': maker({ faulty: { ackOn: 'received' } }),
}

/** The same machine put together the mutants' way: without a fault it has to pass. */
export const HEALTHY: Maker = maker({})
