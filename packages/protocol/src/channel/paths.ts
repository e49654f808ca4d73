import { StarError } from '../errors.ts'
import { type FrameKind, LEAVE } from './frame-kind.ts'
import { MAX_PATHS } from './limits.ts'
import { Path } from './path.ts'
import type { FrameLimits, PathId, PathInit } from './types.ts'

/** The paths of a Channel, in the order in which they were attached. */
export class Paths {
  all: readonly Path[] = []
  /** The path that carries what is new. */
  best: Path | undefined
  /** Some path may have control to send. */
  #owing = false

  find(id: PathId): Path | undefined {
    for (const path of this.all) if (path.id === id) return path
    return undefined
  }

  add(init: PathInit, limits: FrameLimits): Path {
    if (this.find(init.id)) throw new StarError('ERR_BAD_REQUEST')
    if (this.all.length >= MAX_PATHS) throw new StarError('ERR_QUOTA')
    const path = new Path(init, limits)
    this.all = [...this.all, path]
    this.#owing = true
    return path
  }

  /** The other end was heard on it. The newest live path carries what is new. */
  revive(path: Path): void {
    path.live = true
    const { best } = this
    if (best && this.all.indexOf(path) < this.all.indexOf(best)) this.owe(path, LEAVE)
    else this.prefer(path)
  }

  /** From now on it carries what is new; the one before is left. */
  prefer(path: Path | undefined): void {
    if (path === this.best) return
    if (this.best) this.owe(this.best, LEAVE)
    this.best = path
    if (!path) return
    path.due &= ~(1 << LEAVE)
    path.left = path.drained = false
  }

  /** It carries nothing any more, and is forgotten. */
  remove(path: Path): void {
    this.all = this.all.filter((other) => other !== path)
    if (path === this.best) this.prefer(this.all.findLast(({ live }) => live))
  }

  /** Control is to be sent on a path. */
  owe(path: Path, kind: FrameKind): void {
    path.due |= 1 << kind
    this.#owing = true
  }

  /** A path that has control to send. */
  debtor(works: boolean): Path | undefined {
    if (!this.#owing) return undefined
    for (const path of this.all) if (path.debt(works) > 0) return path
    this.#owing = false
    return undefined
  }
}
