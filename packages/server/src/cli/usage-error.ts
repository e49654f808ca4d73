/** The command line or the environment is wrong; the message says which part, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
