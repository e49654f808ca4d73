/**
 * A second signal within this time is the same key press: the terminal sends
 * Ctrl-C to the whole process group and npm hands it on once more.
 */
export const SAME_KEY_PRESS_MS = 500

/** Signal numbers, for the exit code 128 + n of a forced stop. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
type StopSignal = keyof typeof SIGNALS

export interface SignalHandlers {
  /** The first signal: stop when running work is done. */
  stop(signal: StopSignal): void
  /** A later one: stop now, with this exit code. */
  force(signal: StopSignal, exitCode: number): void
  reload(): void
}

/**
 * Tells the first signal to stop from a later one. SIGHUP is one where there
 * is a terminal, which is gone then. Elsewhere it asks to read again what may
 * have changed, as it does with most servers.
 */
export function onSignals({ stop, force, reload }: SignalHandlers, terminal: boolean): void {
  let firstAt: number | undefined
  if (!terminal) process.on('SIGHUP', reload)
  for (const signal of Object.keys(SIGNALS) as StopSignal[]) {
    if (signal === 'SIGHUP' && !terminal) continue
    process.on(signal, () => {
      const now = performance.now()
      if (firstAt === undefined) {
        firstAt = now
        stop(signal)
      } else if (now - firstAt >= SAME_KEY_PRESS_MS) force(signal, 128 + SIGNALS[signal])
    })
  }
}

const PARENT_CHECK_MS = 500

/**
 * Calls `gone` once the process that started this one has ended. npm hands its
 * signals to the shell between it and us, and a shell that dies of them (dash)
 * tells us nothing: without this, `npm start` would leave a server behind.
 * `parent`: its id, as it was when this process began.
 */
export function onParentGone(parent: number, gone: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, PARENT_CHECK_MS)
  timer.unref()
}
