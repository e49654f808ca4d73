/** What makes the present list: a list and the changes since it was made, or what changed of one that is known. */
export interface Listing<Encoded> {
  readonly updates: readonly Encoded[]
  /** Of all of them together, in characters. */
  readonly length: number
}
