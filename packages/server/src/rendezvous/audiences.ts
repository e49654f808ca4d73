import type { Spelling } from '@socket-star/protocol/address'
import type { DirectLine } from '../direct-frame.ts'
import type { AnySocket } from '../socket-types.ts'
import type { Member } from './member.ts'

type Sockets = Map<AnySocket, DirectLine>

/** Whom the two feeds write to; who lags behind is in none of them for as long (DISC-12). */
export class Audiences {
  readonly watchers: Sockets = new Map()
  /** By the spelling that they are told addresses in (ADDR-3). */
  readonly legacy: Readonly<Record<Spelling, Sockets>> = { ipfs: new Map(), p2p: new Map() }

  get legacySize(): number {
    return this.legacy.ipfs.size + this.legacy.p2p.size
  }

  add(member: Member): void {
    this.#of(member).set(member.socket, member.line)
  }

  delete(member: Member): void {
    this.#of(member).delete(member.socket)
  }

  #of({ audience, spelling }: Member): Sockets {
    return audience === 'watch' ? this.watchers : this.legacy[spelling]
  }
}
