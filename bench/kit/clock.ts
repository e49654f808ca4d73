/** The wall clock of this machine with fractions of a millisecond: the same for all of its processes. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
