import type { OutgoingFrame } from '../../channel/types.ts'
import type { Encoded } from '../wire/payload.ts'
import type { Due } from './watched.ts'

/** One socket, as a {@link Conduit} uses it, and as which its Channel knows the path. */
export interface ConduitLink {
  /** It holds more than it should; nothing more is given to it until it drained. */
  readonly backedUp: boolean
  /** Calls back once, when there may be room again. Whoever asks meanwhile asks the same. */
  onDrain(callback: () => void): void
  write(frame: OutgoingFrame<Encoded>): void
  /** It carries the session from now on. */
  carry(now: number): void
  heard(now: number): void
  /** Whether something waits for the other side's answer, and how much of it is in large messages. */
  outstanding(now: number, is: boolean, largeBytes: number): void
  deadline(): number
  timeout(now: number): Due | undefined
}
