import type { AnySocket } from '../socket-types.ts'
import type { Member } from './member.ts'

/** Whom the two feeds write to; who lags behind is in none of the sets for as long (DISC-12). */
export class Audiences {
  readonly watchers = new Set<AnySocket>()
  /** By the spelling that they are told addresses in (ADDR-3). */
  readonly legacy = { ipfs: new Set<AnySocket>(), p2p: new Set<AnySocket>() }

  get legacySize(): number {
    return this.legacy.ipfs.size + this.legacy.p2p.size
  }

  add(member: Member): void {
    this.#of(member).add(member.socket)
  }

  delete(member: Member): void {
    this.#of(member).delete(member.socket)
  }

  clear(): void {
    for (const sockets of [this.watchers, this.legacy.ipfs, this.legacy.p2p]) sockets.clear()
  }

  #of({ audience, spelling }: Member): Set<AnySocket> {
    return audience === 'watch' ? this.watchers : this.legacy[spelling]
  }
}
