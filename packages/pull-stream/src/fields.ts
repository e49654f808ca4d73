/**
 * Reads a property of something whose type is not known: the insides of
 * Socket.IO, which differ between its versions. Undefined when there is none.
 */
export function field(owner: unknown, name: string): unknown {
  if (typeof owner !== 'object' || owner === null) return undefined
  return (owner as Record<string, unknown>)[name]
}

/** A numeric property, 0 when there is none. */
export function numberField(owner: unknown, name: string): number {
  const value = field(owner, name)
  return typeof value === 'number' ? value : 0
}

/** True when `owner` has a method of that name. */
export function hasMethod<Name extends string>(
  owner: unknown,
  name: Name,
): owner is Record<Name, (...args: unknown[]) => unknown> {
  return typeof field(owner, name) === 'function'
}
