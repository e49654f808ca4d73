import type { Context } from './context.ts'
import type { Page } from './page.ts'
import type { ServerProcess } from './process.ts'

/** The longest that an application stays away of its own accord, in milliseconds. */
const AWAY_MS = 4_000
/** One end of so many that may be made is made. */
const ENDS = 0.3

/** How many kinds of moods there are. */
export const KINDS_OF_MOOD = 6

/** An application does something at a moment of its own. True: a session was ended, or is to be. */
export function act(
  { random }: Context,
  page: Page,
  server: ServerProcess | undefined,
  kind: number,
): boolean {
  const ends = random.chance(ENDS)
  const session = server?.star.sessions.get(page.star.id ?? '')
  switch (kind) {
    case 0:
      page.stepAway(random.next() * AWAY_MS)
      return false
    case 1:
      page.star.connect()
      return false
    case 2:
      if (ends) page.flush(() => page.disconnect())
      return ends
    case 3:
      if (ends) {
        page.talk()
        page.flush()
        page.disconnect()
        page.disconnect()
      }
      return ends
    case 4:
      if (ends && session !== undefined) server?.flush(session, () => session.disconnect())
      return ends && session !== undefined
    case 5:
      if (ends && session !== undefined) {
        server?.say(session)
        server?.flush(session)
        session.disconnect()
      }
      return ends && session !== undefined
    default:
      throw new Error(`there is no mood ${kind}`)
  }
}
