import { isStarError, type StarError } from '@socket-star/protocol'

/** The coded error that a promise ends in; fails the test when it ends otherwise. */
export async function errorOf(promise: Promise<unknown>): Promise<StarError> {
  try {
    await promise
  } catch (error) {
    if (isStarError(error)) return error
    throw error
  }
  throw new Error('expected a StarError, but it resolved')
}

/** The code of {@link errorOf}. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await errorOf(promise)).code
}
