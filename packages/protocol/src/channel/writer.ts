import { ACK, type FrameKind, HELLO, PING, PONG, RESET } from './frame-kind.ts'
import type { Lives } from './greeting.ts'
import { AT_ONCE, type Inbox } from './inbox.ts'
import { CHANNEL_VERSION, HEARD, UNMET } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { Path } from './path.ts'
import type { Paths } from './paths.ts'
import type { Settings } from './settings.ts'
import type { Ack, Hello, OutgoingFrame } from './types.ts'

const NOTHING: readonly never[] = []
const NEVER = Number.POSITIVE_INFINITY

/** What leaves a Channel, on which path and when: control, messages, acknowledgements; and the deadlines. */
export class Writer<P> {
  /** What a RESET says. */
  reason: readonly P[] = NOTHING
  readonly #settings: Settings<P>
  readonly #lives: Lives
  readonly #inbox: Inbox<P>
  readonly #outbox: Outbox<P>
  readonly #paths: Paths
  #ackAt = NEVER

  constructor(settings: Settings<P>, lives: Lives, inbox: Inbox<P>, outbox: Outbox<P>, paths: Paths) {
    this.#settings = settings
    this.#lives = lives
    this.#inbox = inbox
    this.#outbox = outbox
    this.#paths = paths
  }

  /** The next frame; of a Channel that no longer works only HELLO and RESET. */
  pull(works: boolean, now: number): OutgoingFrame<P> | undefined {
    const inbox = this.#inbox
    const paths = this.#paths
    const debtor = paths.debtor(works)
    if (debtor) return this.#control(debtor, debtor.pay(works), now)
    for (const path of paths.all) this.#arm(path, works, now)
    if (!works) return undefined
    const { peerIncarnation, met, restored } = this.#lives
    // A first contact has nothing to compare: message 0 need not wait for the other end's HELLO (CH-5).
    const path = paths.best ?? (peerIncarnation === 0 ? paths.all.at(-1) : undefined)
    if (!path) return undefined
    // Until it is met, a restored life stands still: whoever is compared with it must find it as it was stored.
    if ((met || !restored) && (path.live || !path.lossy)) {
      const cut = this.#outbox.next(path.limits)
      if (cut) {
        this.#outbox.flight.sending(cut, path, now)
        const ack = path.live && (path.lossy || inbox.ackDue > 0) ? this.#ack(path) : undefined
        return frameOf(path, cut.kind, cut.seq, cut.payloads, ack)
      }
    }
    if (!path.live || inbox.ackDue === 0) return undefined
    if (inbox.ackDue === AT_ONCE) return frameOf(path, ACK, 0, NOTHING, this.#ack(path))
    if (this.#ackAt === NEVER) this.#ackAt = now + this.#settings.ackDelayMs
    return undefined
  }

  timeout(now: number): void {
    if (now >= this.#ackAt) {
      this.#ackAt = NEVER
      this.#inbox.ackDue = AT_ONCE
    }
    for (const path of this.#paths.all) {
      if (now < path.askAt) continue
      path.askAt = NEVER
      path.tails += 1
      this.#paths.owe(path, path.heard ? PING : HELLO)
    }
  }

  get deadline(): number {
    let at = this.#ackAt
    for (const path of this.#paths.all) at = Math.min(at, path.askAt)
    return at
  }

  /** No acknowledgement is due any more. */
  rest(): void {
    this.#ackAt = NEVER
  }

  /** On a lossy path we ask again until HELLO is heard, and while anything waits that the path could bring (CH-4, CH-14). */
  #arm(path: Path, works: boolean, now: number): void {
    const waits = path.unseen > 0 || (path === this.#paths.best && this.#outbox.waiting)
    if (!path.lossy || (path.heard && !(works && path.live && waits))) path.askAt = NEVER
    else if (path.askAt === NEVER) path.askAt = now + path.tailMs(this.#settings.ackDelayMs)
  }

  #control(path: Path, kind: FrameKind, now: number): OutgoingFrame<P> {
    switch (kind) {
      case HELLO:
        return this.#hello(path)
      case RESET:
        return frameOf(path, kind, 0, this.reason)
      case PING:
        path.pingAt = now
        path.pingToken = this.#outbox.flight.tx += 1
        return frameOf(path, kind, path.pingToken, NOTHING, this.#ack(path))
      case PONG:
        return frameOf(path, kind, path.pongToken, NOTHING, this.#ack(path))
      default:
        path.left = true
        return frameOf(path, kind, 0, NOTHING)
    }
  }

  #hello(path: Path): OutgoingFrame<P> {
    const { sent, acked } = this.#outbox
    const { incarnation, peerIncarnation, met, restored } = this.#lives
    const heard = (path.peerIncarnation > 0 ? HEARD : 0) | (restored && !met ? UNMET : 0)
    path.said = peerIncarnation
    const { spanMessages } = this.#settings
    const hello = [CHANNEL_VERSION, incarnation, peerIncarnation, sent, acked, spanMessages, heard] as const
    return frameOf(path, HELLO, 0, NOTHING, this.#ack(path, false), hello)
  }

  #ack(path: Path, withRanges = path.lossy): Ack {
    if (path.live) this.#ackAt = NEVER
    return this.#inbox.ack(path.live, withRanges)
  }
}

function frameOf<P>(
  { id }: Path,
  kind: FrameKind,
  seq: number,
  payloads: readonly P[],
  ack?: Ack,
  hello?: Hello,
): OutgoingFrame<P> {
  return { path: id, kind, seq, payloads, ack, hello }
}
