import { createStarServer } from '../http/star-server.ts'
import type { StarServer } from '../http/star-server-options.ts'
import { createLog } from '../log.ts'
import { thrown } from '../thrown.ts'
import { bannerFields, bannerText } from './banner.ts'
import { createLineWriter } from './line-writer.ts'
import { obeySignals } from './obey-signals.ts'
import { unknownVariables } from './options.ts'
import type { Settings } from './settings.ts'
import { readTls } from './tls.ts'

/** It died of a fault of its own. */
const EXIT_FAILURE = 1

/** Starts the server and says where it is; from then on signals decide. */
export async function serve(settings: Settings, env: NodeJS.ProcessEnv): Promise<void> {
  const production = env.NODE_ENV === 'production'
  // it may be gone before we listen
  const parent = process.ppid
  const terminal = process.stdout.isTTY === true
  const write = createLineWriter(process.stdout, (lines) => log.warn('server.log-lines-dropped', { lines }))
  const log = createLog({ level: settings.logLevel, json: !terminal, write })
  process.on('uncaughtException', (error) => {
    log.error('server.crashed', thrown(error))
    process.exit(EXIT_FAILURE)
  })
  const strangers = unknownVariables(env)
  if (strangers.length > 0) {
    log.warn('cli.unknown-variables', { variables: strangers, hint: 'no option has these names; see --help' })
  }
  let runs = (_server: StarServer): void => {}
  const running = new Promise<StarServer>((resolve) => {
    runs = resolve
  })
  // a signal that ended the process now would take with it what was read from the state file
  obeySignals(running, parent, settings, log)
  const server = await createStarServer({
    port: settings.port,
    host: settings.host,
    tls: readTls(settings.tls),
    corsOrigins: settings.corsOrigins,
    metrics: settings.metrics,
    maxHttpBufferSize: settings.maxHttpBufferSize,
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
  runs(server)
  if (terminal) process.stdout.write(bannerText(server, settings, production))
  else log.info('server.listening', bannerFields(server, settings, production))
}
