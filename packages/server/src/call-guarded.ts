/** Calls a function of the application. One that throws, or whose promise is rejected, stops nobody: `failed` is told. */
export function callGuarded(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = call()
    if (result instanceof Promise) result.catch(failed)
  } catch (error) {
    failed(error)
  }
}
