import { createStarServer } from '../http/star-server.ts'
import { DEFAULT_DRAIN_TIMEOUT_MS, type StarServer } from '../http/star-server-options.ts'
import { createLog, type Log } from '../log.ts'
import { bannerFields, bannerText } from './banner.ts'
import { unknownVariables } from './options.ts'
import type { Settings } from './settings.ts'
import { onParentGone, onSignals } from './signals.ts'
import { startUpProblem } from './start-up-problem.ts'
import { readTls } from './tls.ts'

/** Something failed while it stopped. */
const EXIT_FAILURE = 1
/** What a stop may take beyond the drain before the process goes anyway. */
const STOP_GRACE_MS = 3_000

/** Starts the server and says where it is; from then on signals decide. */
export async function serve(settings: Settings, env: NodeJS.ProcessEnv): Promise<void> {
  const production = env.NODE_ENV === 'production'
  // it may be gone before we listen
  const parent = process.ppid
  const terminal = process.stdout.isTTY === true
  // who reads the log may go; the server stays
  process.stdout.on('error', () => {})
  const write = (line: string) => process.stdout.write(`${line}\n`)
  const log = createLog({ level: settings.logLevel, json: !terminal, write })
  const strangers = unknownVariables(env)
  if (strangers.length > 0) {
    log.warn('cli.unknown-variables', { variables: strangers, hint: 'no option has these names; see --help' })
  }
  const server = await createStarServer({
    port: settings.port,
    host: settings.host,
    tls: readTls(settings.tls),
    corsOrigins: settings.corsOrigins,
    metrics: settings.metrics,
    drainTimeoutMs: settings.drainTimeoutMs,
    log,
    star: {
      challenge: settings.challenge,
      strictAddresses: settings.strictAddresses,
      public: settings.public,
      trustProxy: settings.trustedProxies,
      production,
      sessions: { stateFile: settings.stateFile },
    },
  })
  if (production && settings.tls === undefined && settings.trustedProxies.length === 0) {
    log.warn('server.nobody-admitted', {
      hint: 'in production joins and sessions need TLS: give --key and --cert, --pfx, or --trust-proxy with the address of the proxy that has it',
    })
  }
  // whoever is told where it is may stop it at once
  obeySignals(server, parent, settings, log)
  if (terminal) process.stdout.write(bannerText(server, settings, production))
  else log.info('server.listening', bannerFields(server, settings, production))
}

function obeySignals(server: StarServer, parent: number, settings: Settings, log: Log): void {
  const drainTimeoutMs = settings.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS
  const stop = (): void => {
    setTimeout(() => {
      log.error('server.stop-timeout')
      process.exit(EXIT_FAILURE)
    }, drainTimeoutMs + STOP_GRACE_MS).unref()
    server.close().then(
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
        stop()
      },
      force: (signal, exitCode) => {
        log.warn('server.forced', { signal })
        process.exit(exitCode)
      },
      reload: () => renewTls(server, settings, log),
    },
    terminal,
  )
  if (process.env.npm_lifecycle_event === undefined) return
  onParentGone(parent, () => {
    log.info('server.parent-gone')
    stop()
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
