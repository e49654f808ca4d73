/** The middle of some figures and how far they are apart. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** `undefined` when there is nothing to sum up. */
export function spreadOf(figures: readonly number[]): Spread | undefined {
  const sorted = figures.filter(Number.isFinite).toSorted((a, b) => a - b)
  const [min] = sorted
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) return undefined
  return { median: quantile(sorted, 0.5), min, max }
}

/** A quantile of sorted figures, between neighbours in proportion. NaN when there are none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/** Sorts a copy and takes quantiles of it. */
export function quantiles(figures: Iterable<number>, ...qs: readonly number[]): number[] {
  const sorted = Float64Array.from(figures).sort()
  return qs.map((q) => quantile(sorted, q))
}
