/** Adds what is not there, and says so: with one look into the set, which is most of the work where sets are large. */
export function addNew<T>(to: Set<T>, value: T): boolean {
  const before = to.size
  return to.add(value).size > before
}
