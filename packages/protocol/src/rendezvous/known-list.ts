import type { KnownList } from './events.ts'
import { MAX_LIST_ID_LENGTH } from './limits.ts'
import { whole } from './values.ts'

/** What names the versions of one peer list (DISC-16); undefined for anything else. */
export function listId(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_LIST_ID_LENGTH ? value : undefined
}

/** `{ id, v }` (DISC-16); undefined for anything else, which is to know no list. */
export function parseKnownList(value: unknown): KnownList | undefined {
  const { id, v } = Object(value) as Record<keyof KnownList, unknown>
  const [known, version] = [listId(id), whole(v)]
  return known === undefined || version === undefined ? undefined : { id: known, v: version }
}
