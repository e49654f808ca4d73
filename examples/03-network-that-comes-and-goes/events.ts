/** What the page sends. */
export interface FromPage {
  /** Something to say, and its number among all that this page said. */
  say: (id: number, words: string) => void
}

/** What the server sends. */
export interface FromServer {
  /** The next number, and when the server counted it, in milliseconds since the session began. */
  count: (number: number, atMs: number) => void
  /** The server has read a message; `total` messages so far. */
  heard: (id: number, total: number) => void
}
