import type { Outbox } from './outbox.ts'

/** Someone else with this page open. */
export interface Person {
  readonly address: string
  /** The peer id: the hash of a public key, so nobody can take another's. */
  readonly id: string
  /** Chosen by them; two people may have the same, which is why the page shows the id as well. */
  nick: string
  /** `here`: answers. `calling`: not again yet. `silent`: cannot be reached now. */
  state: 'calling' | 'here' | 'silent'
  /** Whether the page was told that they arrived. */
  announced?: boolean
  /** Where talk for them goes while they are here. */
  outbox?: Outbox | undefined
}

/** Something that was said, and who has it. */
export interface Message {
  readonly id: string
  readonly words: string
  /** Undefined: said by the person at this page. */
  readonly from: Person | undefined
  /** How many it was sent to, and how many of them said that they have it. */
  readonly sent: number
  got: number
}
