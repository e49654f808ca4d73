/** What people at the chat send. */
export interface FromPeople {
  say: (name: string, words: string) => void
}

/** What the chat sends to everybody. */
export interface FromChat {
  said: (name: string, words: string) => void
}
