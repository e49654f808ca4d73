import type { Spelling } from '@socket-star/protocol/address'
import { countBytesAsLife } from '@socket-star/pull-stream'
import { DirectLine } from '../direct-frame.ts'
import type { StarEnvironment } from '../environment.ts'
import type { StarQuotas } from '../limits.ts'
import { Offences } from '../quota/offences.ts'
import { TokenBucket } from '../quota/token-bucket.ts'
import type { AnySocket } from '../socket-types.ts'
import type { Dial } from './dial.ts'
import type { JoinSlot } from './join-slot.ts'

/** Which feed a socket hears: none before its first join, the legacy one, or deltas. */
export type Audience = 'none' | 'legacy' | 'watch'

/** What the rendezvous keeps for one socket, from its first event of ours to its disconnect. */
export class Member {
  readonly socket: AnySocket
  readonly line: DirectLine
  /** The canonical addresses that it has joined and not lost since (JOIN-14). */
  readonly addresses = new Set<string>()
  /** Addresses that others took, while it is not known to read of it (JOIN-22). */
  readonly untold = new Set<string>()
  /** Joins that wait for an answer or a verdict, by canonical address. */
  readonly joining = new Map<string, JoinSlot>()
  /** Its dials in either role, by dial id: the names of their frames share the socket (DIAL-3). */
  readonly dials = new Map<string, Dial>()
  /** How many of them it dialled, and how many it was dialled for. */
  dialled = 0
  answering = 0
  /** The ids of its last finished dials, oldest first. */
  readonly finishedDialIds = new Set<string>()
  readonly joinRate: TokenBucket
  readonly dialRate: TokenBucket
  readonly watchRate: TokenBucket
  readonly offences: Offences
  audience: Audience = 'none'
  /** It has watched before, so it is a client of ours and will watch again (DISC-13). */
  hasWatched = false
  /** How it wrote the address that it joined last (ADDR-3). */
  spelling: Spelling = 'ipfs'
  /** The version of the peer list since which it was sent no deltas, where it lagged (DISC-12). */
  missedFrom = 0
  /** Ends what {@link countBytesAsLife} began. */
  readonly stopCounting: () => void
  gone = false

  constructor(socket: AnySocket, quotas: StarQuotas, environment: StarEnvironment) {
    const now = environment.now()
    this.socket = socket
    this.line = new DirectLine(socket.conn)
    // longer than a stream: its last bytes may wait for their reader when the relay is done (PS-35)
    this.stopCounting = countBytesAsLife(socket, environment)
    this.joinRate = new TokenBucket(quotas.joinsPerSecond, quotas.joinBurst, now)
    this.dialRate = new TokenBucket(quotas.dialsPerSecond, quotas.dialBurst, now)
    this.watchRate = new TokenBucket(quotas.watchesPerSecond, quotas.watchBurst, now)
    this.offences = new Offences(quotas, now)
  }
}
