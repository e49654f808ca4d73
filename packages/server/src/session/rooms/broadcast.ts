import { StarError } from '@socket-star/protocol'
import { type Encoded, encodePayload, type Payload } from '@socket-star/protocol/session'
import { withoutCallback } from '../encoding.ts'
import type { EventsMap, RoomEmitter } from '../types.ts'
import type { RoomHub } from './hub.ts'
import { checkedRoom } from './session-rooms.ts'

/** What a {@link RoomBroadcast} emits through. */
export interface BroadcastNeeds {
  hub(): Pick<RoomHub, 'say'>
  /** Encodes an event. @throws StarError ERR_TOO_LARGE, ERR_BAD_REQUEST */
  encode(message: Payload): Encoded
}

/** Of a star that is on no namespace yet: nobody can be in a room. */
export const NOBODY: BroadcastNeeds = {
  hub: () => ({ say: () => {} }),
  encode: (message) => encodePayload(withoutCallback(message)),
}

type One = string | { readonly id: string }
type Who = One | readonly One[]

/** Where an emit to rooms goes. Each call answers another one: none changes. */
export class RoomBroadcast implements RoomEmitter<EventsMap> {
  readonly #needs: BroadcastNeeds
  readonly #rooms: readonly string[]
  readonly #except: readonly string[]

  constructor(needs: BroadcastNeeds, rooms: readonly string[], except: readonly string[] = []) {
    this.#needs = needs
    this.#rooms = rooms
    this.#except = except
  }

  to(room: string | readonly string[]): RoomBroadcast {
    return new RoomBroadcast(this.#needs, [...new Set([...this.#rooms, ...namesOf(room)])], this.#except)
  }

  except(who: Who): RoomBroadcast {
    const ids = listOf(who).map(idOf)
    return new RoomBroadcast(this.#needs, this.#rooms, [...new Set([...this.#except, ...ids])])
  }

  emit(event: string, ...args: unknown[]): boolean {
    if (this.#rooms.length === 0) throw new StarError('ERR_BAD_REQUEST', 'emit to which room?')
    const hub = this.#needs.hub()
    const body = this.#needs.encode([event, ...args])
    for (const room of this.#rooms) hub.say(room, body, this.#except)
    return true
  }
}

/** @throws StarError ERR_BAD_REQUEST for what cannot name a room */
export function namesOf(room: string | readonly string[]): string[] {
  return listOf(room).map(checkedRoom)
}

function listOf<T>(one: T | readonly T[]): T[] {
  const many = typeof one === 'object' && one !== null && Symbol.iterator in one
  return many ? [...one] : [one as T]
}

/** @throws StarError ERR_BAD_REQUEST */
function idOf(who: One): string {
  const id: unknown = typeof who === 'string' ? who : who?.id
  if (typeof id === 'string') return id
  throw new StarError('ERR_BAD_REQUEST', 'except() takes sessions and ids of sessions')
}
