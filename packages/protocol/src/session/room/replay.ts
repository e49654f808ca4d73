import { MAX_REPLAY_BODIES } from '../limits.ts'
import type { Payload } from '../wire/frame.ts'
import type { RoomNews, RoomPosition, RoomQuestion } from '../wire/room.ts'
import type { RoomEntry, RoomLog } from './log.ts'

/**
 * What a member is told about entries that follow each other: what it was left
 * out of becomes a skip, and skips that touch become one (ROOM-5).
 */
export function bodiesFor<B = Payload>(entries: readonly RoomEntry<B>[], member: string): (B | number)[] {
  const bodies: (B | number)[] = []
  for (const { body, except } of entries) {
    const last = bodies.at(-1)
    if (!except?.includes(member)) bodies.push(body)
    else if (typeof last === 'number') bodies[bodies.length - 1] = last + 1
    else bodies.push(1)
  }
  return bodies
}

/** The answer to a member's question, with bodies as the log has them. */
export type RoomAnswer<B = Payload> = Omit<RoomNews, 'kind' | 'bodies'> & {
  readonly bodies: readonly (B | number)[]
}

/**
 * The answer to a member's question (ROOM-6): what came behind its place or,
 * where that is not known any more, behind the next place that is. It is
 * bounded, and the member asks again until it has reached the head, so nothing
 * is kept for it here. `since`: where it became a member; what came before is
 * not its business.
 */
export async function replay<B = Payload>(
  log: RoomLog<B>,
  member: string,
  question: RoomQuestion,
  since?: RoomPosition,
): Promise<RoomAnswer<B>> {
  const { room, id } = question
  const read = await log.read(room, question, MAX_REPLAY_BODIES)
  const { epoch, head } = read
  const least = since?.epoch === epoch ? since.offset : 0
  const behind = read.is === 'gap' ? read.behind : question.offset
  const offset = Math.max(behind, least)
  // what is behind a gap is the answer to the next question
  const bodies = read.is === 'gap' || offset > behind ? [] : bodiesFor(read.entries, member)
  return { room, epoch, offset, id, head, bodies }
}
