/** What is reported as uncaught while an action and what it waits for runs; the test runner does not see it. */
export async function uncaughtDuring(action: (errors: unknown[]) => unknown): Promise<unknown[]> {
  const errors: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => errors.push(error))
  try {
    await action(errors)
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  return errors
}
