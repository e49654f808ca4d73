/** What may be left out, or be undefined, which is the same. */
export type Given<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** Defaults, and what was given in their place. A limit that were undefined would be none. */
export function withDefaults<T extends object>(defaults: T, given: Given<T> = {}): T {
  const there = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(there) }
}
