/** Told of each thing that is made. */
export type Watcher<T> = (made: T) => void

/** What stands in a property of the host's instead of what the host put there, and whom it tells. */
interface Layer<V, T> {
  readonly original: V
  readonly instead: V
  readonly watchers: Set<Watcher<T>>
}

/** What the layer on an object is known by, to every copy of this module in the process. */
const LAYER = Symbol.for('socket-star.layer')

/**
 * Tells a watcher of what is made by what stands in a property of the host's.
 * All watchers share one layer, which goes with the last of them: stars that
 * come and go in whatever order leave behind what the host put there.
 *
 * @param holder an object of the host's; one property of it can be watched
 * @param cover what stands in the property's place, and tells of what it makes
 * @returns stops telling this watcher; once more it does nothing
 */
export function watchMade<K extends string, V, T>(
  holder: { [key in K]: V } & { [LAYER]?: Layer<V, T> },
  key: K,
  cover: (original: V, tell: Watcher<T>) => V,
  watcher: Watcher<T>,
): () => void {
  const known = holder[LAYER]
  // one that nobody watches may have been replaced by the host, or lie below something else for good
  const layer = known && known.watchers.size > 0 ? known : lay(holder[key], cover)
  if (layer !== known) Object.assign(holder, { [key]: layer.instead, [LAYER]: layer })
  layer.watchers.add(watcher)
  return () => {
    if (!layer.watchers.delete(watcher) || layer.watchers.size > 0) return
    if (holder[key] === layer.instead) Object.assign(holder, { [key]: layer.original })
    if (holder[LAYER] === layer) delete holder[LAYER]
  }
}

/** A class that tells of each of its instances. */
export function telling<T extends object>(
  original: new (...args: never[]) => T,
  tell: Watcher<T>,
): new (
  ...args: never[]
) => T {
  return new Proxy(original, {
    construct: (target, args, newTarget) => {
      const made = Reflect.construct(target, args, newTarget)
      tell(made)
      return made
    },
  })
}

function lay<V, T>(original: V, cover: (original: V, tell: Watcher<T>) => V): Layer<V, T> {
  const watchers = new Set<Watcher<T>>()
  const instead = cover(original, (made) => {
    for (const watcher of watchers) watcher(made)
  })
  return { original, instead, watchers }
}
