import { DEFAULT_DRAIN_TIMEOUT_MS, type StarServer } from '../http/star-server-options.ts'
import type { Log } from '../log.ts'
import type { Settings } from './settings.ts'
import { onParentGone, onSignals } from './signals.ts'
import { startUpProblem } from './start-up-problem.ts'
import { readTls } from './tls.ts'

/** Something failed while it stopped. */
const EXIT_FAILURE = 1
/** What a stop may take beyond the drain before the process goes anyway. */
const STOP_GRACE_MS = 3_000

/**
 * Stops the server, or has it take another certificate, as its operator's signals say. Those that come before it
 * runs are obeyed as soon as it does. `parent`: see {@link onParentGone}.
 */
export function obeySignals(
  running: Promise<StarServer>,
  parent: number,
  settings: Settings,
  log: Log,
): void {
  const drainTimeoutMs = settings.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS
  let server: StarServer | undefined
  void running.then((started) => {
    server = started
  })
  const stop = async (): Promise<void> => {
    const stopped = (await running).close()
    setTimeout(() => {
      log.error('server.stop-timeout')
      process.exit(EXIT_FAILURE)
    }, drainTimeoutMs + STOP_GRACE_MS).unref()
    stopped.then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('server.stop-failed', { message: startUpProblem(error) })
        process.exit(EXIT_FAILURE)
      },
    )
  }
  const terminal = process.stdin.isTTY === true || process.stdout.isTTY === true
  onSignals(
    {
      stop: (signal) => {
        log.info('server.signal', { signal })
        void stop()
      },
      force: (signal, exitCode) => {
        log.warn('server.forced', { signal })
        // what rests has been written when this returns
        void server?.star.close().catch(() => {})
        process.exit(exitCode)
      },
      reload: async () => renewTls(await running, settings, log),
    },
    terminal,
  )
  if (process.env.npm_lifecycle_event === undefined) return
  onParentGone(parent, () => {
    log.info('server.parent-gone')
    void stop()
  })
}

/** Reads key and certificate again. Those in use stay where the new ones are of no use. */
function renewTls(server: StarServer, settings: Settings, log: Log): void {
  try {
    const tls = readTls(settings.tls)
    if (tls === undefined) {
      log.info('server.nothing-to-reload', { hint: 'SIGHUP reads key and certificate again; there are none' })
      return
    }
    server.renewTls(tls)
    log.info('server.tls-renewed')
  } catch (error) {
    log.error('server.tls-not-renewed', { error: error instanceof Error ? error.message : String(error) })
  }
}
