/** Calls a function of the application: one that throws stops nobody, its error is reported as the platform's own `EventTarget` does. */
export function callGuarded(
  callback: ((...args: never[]) => unknown) | undefined,
  args: readonly unknown[],
): void {
  try {
    callback?.(...(args as never[]))
  } catch (error) {
    reportUncaught(error)
  }
}

/** Reports an error as an uncaught one. */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
