import { isStarError } from '@socket-star/protocol'

/** The code of the StarError that `action` throws; fails when it throws none. */
export function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (isStarError(error)) return error.code
    throw error
  }
  throw new Error('nothing was thrown')
}
