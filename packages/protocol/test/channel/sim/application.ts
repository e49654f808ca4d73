/** What an application wrote and read: the truth that a Channel is held to. */
export interface Application {
  /** Everything it sent, in order, as text that names its number and its life. */
  readonly sent: string[]
  /** Everything it was handed, in order. */
  readonly read: string[]
  /** How many of those it is done with. */
  consumed: number
  welcomed: boolean
  ended: boolean
}

export const newApplication = (): Application => ({
  sent: [],
  read: [],
  consumed: 0,
  welcomed: false,
  ended: false,
})

/** A copy, to go on from later. */
export const copyOf = (app: Application): Application => ({
  ...app,
  sent: [...app.sent],
  read: [...app.read],
})
