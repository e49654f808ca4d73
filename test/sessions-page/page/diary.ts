/** What a page writes down, as its global `diary`. */
export interface Diary {
  /** Another one each time that the page is loaded. */
  readonly load: string
  readonly id: () => string | undefined
  readonly status: () => number
  /** The last number that it said. */
  said: number
  readonly counts: number[]
  readonly events: string[]
  /** Each status that the session came to. */
  readonly statuses: number[]
  /** Whether it says a number by itself now and then. */
  isTalking: boolean
  say(): void
  flush(): Promise<void>
}
