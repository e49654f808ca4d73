import type { LogLevel } from '../log.ts'
import type { GivenFlags } from './arguments.ts'
import {
  DEFAULT_HOST,
  DEFAULT_LOG_LEVEL,
  DEFAULT_PORT,
  envName,
  OPTIONS,
  type OptionName,
} from './options.ts'
import { UsageError } from './usage-error.ts'
import { readBytes, readLevel, readList, readPort, readSeconds, readSwitch } from './values.ts'

/** What the command line and the environment ask for, checked. */
export interface Settings {
  readonly port: number
  readonly host: string
  /** File names, not contents. */
  readonly tls: TlsFiles | undefined
  readonly challenge: boolean
  readonly strictAddresses: boolean
  readonly metrics: boolean
  /** Empty: any origin. */
  readonly corsOrigins: readonly string[]
  readonly public: boolean
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[]
  /** Where sessions rest between two runs. */
  readonly stateFile: string | undefined
  /** Undefined: the server's default. */
  readonly maxHttpBufferSize: number | undefined
  /** The same. */
  readonly drainTimeoutMs: number | undefined
  readonly logLevel: LogLevel
}

/** Either `key` and `cert`, or `pfx`. */
export type TlsFiles =
  | { readonly key: string; readonly cert: string; readonly passphrase: string | undefined }
  | { readonly pfx: string; readonly passphrase: string | undefined }

type Environment = Readonly<Record<string, string | undefined>>

/** A flag wins over `SOCKET_STAR_…`, and that over the legacy binary's variable. Throws a {@link UsageError}. */
export function readSettings(flags: GivenFlags, env: Environment): Settings {
  const ask = lookUp(flags, env)
  const text = (name: OptionName) => ask(name)?.texts.at(-1)
  const list = (name: OptionName) => readList(ask(name)?.texts ?? [])
  const on = (name: OptionName) => {
    const found = ask(name)
    const last = found?.texts.at(-1)
    return found !== undefined && (last === undefined || readSwitch(last, found.origin))
  }
  const read = <T>(name: OptionName, reader: (text: string, origin: string) => T): T | undefined => {
    const found = ask(name)
    const last = found?.texts.at(-1)
    return found === undefined || last === undefined ? undefined : reader(last, found.origin)
  }
  const drainSeconds = read('drain-timeout', readSeconds)
  return {
    port: read('port', readPort) ?? DEFAULT_PORT,
    // as it stands in a URL
    host: text('host')?.replace(/^\[(.*)\]$/, '$1') ?? DEFAULT_HOST,
    tls: tlsFiles(ask('key'), ask('cert'), ask('pfx'), ask('passphrase')),
    challenge: !on('no-challenge'),
    strictAddresses: !on('lax-addresses'),
    metrics: !on('no-metrics'),
    corsOrigins: list('cors-origin'),
    public: on('public'),
    trustedProxies: list('trust-proxy'),
    stateFile: text('state'),
    maxHttpBufferSize: read('max-message', readBytes),
    drainTimeoutMs: drainSeconds === undefined ? undefined : drainSeconds * 1000,
    logLevel: read('log-level', readLevel) ?? DEFAULT_LOG_LEVEL,
  }
}

/** Where an option's value came from, for messages, and its texts; none for a bare switch. */
interface Found {
  readonly origin: string
  readonly texts: readonly string[]
}

function lookUp(flags: GivenFlags, env: Environment): (name: OptionName) => Found | undefined {
  return (name) => {
    const given = flags.get(name)
    if (given !== undefined) return { origin: given.flag, texts: given.texts }
    const spec = OPTIONS.find((option) => option.name === name)
    const legacy = spec !== undefined && 'legacyEnv' in spec ? spec.legacyEnv : []
    for (const variable of [envName(name), ...legacy]) {
      const value = env[variable]
      if (value !== undefined && value !== '') return { origin: variable, texts: [value] }
    }
    return undefined
  }
}

function tlsFiles(
  key: Found | undefined,
  cert: Found | undefined,
  pfx: Found | undefined,
  passphrase: Found | undefined,
): TlsFiles | undefined {
  const secret = last(passphrase)
  if (pfx !== undefined) {
    const other = key ?? cert
    if (other !== undefined) {
      throw new UsageError(`${pfx.origin} holds key and certificate; leave out ${other.origin}`)
    }
    return { pfx: last(pfx) ?? '', passphrase: secret }
  }
  if (key !== undefined && cert !== undefined) {
    return { key: last(key) ?? '', cert: last(cert) ?? '', passphrase: secret }
  }
  if (key !== undefined) throw new UsageError(`${key.origin} needs --cert beside it`)
  if (cert !== undefined) throw new UsageError(`${cert.origin} needs --key beside it`)
  if (passphrase !== undefined) throw new UsageError(`${passphrase.origin} needs --key or --pfx beside it`)
  return undefined
}

function last(found: Found | undefined): string | undefined {
  return found?.texts.at(-1)
}
