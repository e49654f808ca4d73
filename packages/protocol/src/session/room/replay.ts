import { MAX_REPLAY_BODIES } from '../limits.ts'
import type { Payload } from '../wire/frame.ts'
import type { RoomControl, RoomPosition } from '../wire/room.ts'
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

/** A member's question for what it missed. */
export type RoomFetch = Extract<RoomControl, { kind: 'fetch' }>

/** The answer to a member's question, with bodies as the log has them. */
export type RoomAnswer<B = Payload> =
  | Extract<RoomControl, { kind: 'gap' }>
  | (Omit<Extract<RoomControl, { kind: 'replay' }>, 'bodies'> & { readonly bodies: readonly (B | number)[] })

/**
 * The answer to a member's `fetch` (ROOM-6): one bounded replay, or a gap. The
 * member asks again until it has reached the head, so nothing is kept for it
 * here. `since`: where it became a member; what came before is not its business.
 */
export async function replay<B = Payload>(
  log: RoomLog<B>,
  member: string,
  fetch: RoomFetch,
  since?: RoomPosition,
): Promise<RoomAnswer<B>> {
  const { room, id } = fetch
  const read = await log.read(room, fetch, MAX_REPLAY_BODIES)
  const { epoch } = read
  const least = since?.epoch === epoch ? since.offset : 0
  if (read.is === 'gap') return { kind: 'gap', room, id, epoch, offset: Math.max(read.behind, least) }
  if (fetch.offset < least) return { kind: 'gap', room, id, epoch, offset: least }
  return {
    kind: 'replay',
    room,
    id,
    epoch,
    first: fetch.offset + 1,
    head: read.head,
    bodies: bodiesFor(read.entries, member),
  }
}
