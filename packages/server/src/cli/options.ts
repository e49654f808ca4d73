import { DEFAULT_DRAIN_TIMEOUT_MS, DEFAULT_MAX_HTTP_BUFFER_BYTES } from '../http/star-server-options.ts'

/** How an option's text becomes a value, and what a wrong one is told. */
type OptionKind = 'switch' | 'text' | 'list' | 'port' | 'seconds' | 'bytes' | 'level'

/** One option of the command line: its names, where it may come from, and its line in `--help`. */
export interface OptionSpec {
  readonly name: string
  readonly kind: OptionKind
  /** What the value is called in `--help`; none for a switch. */
  readonly value?: string
  readonly short?: string
  /** Flags of the legacy rendezvous binary with the same meaning; they stay out of `--help`. */
  readonly legacyFlags?: readonly string[]
  /** Environment variables of the legacy binary, asked after `SOCKET_STAR_<NAME>`. */
  readonly legacyEnv?: readonly string[]
  readonly help: string
}

export const DEFAULT_PORT = 9090
/** All IPv4 interfaces, as the legacy binary listens. */
export const DEFAULT_HOST = '0.0.0.0'
export const DEFAULT_LOG_LEVEL = 'info'

/** Every option of `socket-star`. The parser, the environment and `--help` all read this table. */
export const OPTIONS = [
  {
    name: 'port',
    kind: 'port',
    value: 'number',
    short: 'p',
    legacyEnv: ['PORT'],
    help: `port to listen on; 0 picks a free one (default ${DEFAULT_PORT})`,
  },
  {
    name: 'host',
    kind: 'text',
    value: 'address',
    short: 'h',
    legacyEnv: ['HOST'],
    help: `address to listen on (default ${DEFAULT_HOST})`,
  },
  { name: 'key', kind: 'text', value: 'file', legacyEnv: ['KEY'], help: 'TLS private key, PEM' },
  { name: 'cert', kind: 'text', value: 'file', legacyEnv: ['CERT'], help: 'TLS certificate chain, PEM' },
  {
    name: 'pfx',
    kind: 'text',
    value: 'file',
    legacyEnv: ['PFX'],
    help: 'TLS key and certificate in one PKCS#12 file, in place of --key and --cert',
  },
  {
    name: 'passphrase',
    kind: 'text',
    value: 'text',
    legacyEnv: ['PFX_PASSPHRASE'],
    help: 'opens --key or --pfx; the environment keeps it out of the process list',
  },
  {
    name: 'no-challenge',
    kind: 'switch',
    legacyFlags: ['disableCryptoChallenge'],
    legacyEnv: ['DISABLE_CRYPTO_CHALLENGE'],
    help: 'let peers join without proving that the address is theirs',
  },
  {
    name: 'lax-addresses',
    kind: 'switch',
    legacyFlags: ['disableStrictMultiaddr'],
    legacyEnv: ['DISABLE_STRICT_MULTIADDR'],
    help: 'accept any multiaddr, not only the WebSocketStar form',
  },
  {
    name: 'no-metrics',
    kind: 'switch',
    legacyFlags: ['disableMetrics'],
    legacyEnv: ['DISABLE_METRICS'],
    help: 'do not serve /metrics',
  },
  {
    name: 'cors-origin',
    kind: 'list',
    value: 'origin',
    help: 'web origin that may connect; repeat it, or use commas (default: any)',
  },
  {
    name: 'public',
    kind: 'switch',
    help: 'run in production for anyone: the join challenge is the only authentication',
  },
  {
    name: 'trust-proxy',
    kind: 'list',
    value: 'address',
    help: 'proxy whose X-Forwarded-Proto and -For are believed, or a CIDR range; repeatable',
  },
  {
    name: 'state',
    kind: 'text',
    value: 'file',
    help: 'a stop writes the sessions and rooms into this file, and the next start goes on from it',
  },
  {
    name: 'max-message',
    kind: 'bytes',
    value: 'bytes',
    help: `largest message that a client may send; nothing else goes on while it is read (default ${DEFAULT_MAX_HTTP_BUFFER_BYTES})`,
  },
  {
    name: 'drain-timeout',
    kind: 'seconds',
    value: 'seconds',
    help: `on SIGTERM, how long streams that still carry data may finish (default ${DEFAULT_DRAIN_TIMEOUT_MS / 1000})`,
  },
  {
    name: 'log-level',
    kind: 'level',
    value: 'level',
    help: `error, warn, info or debug (default ${DEFAULT_LOG_LEVEL})`,
  },
  { name: 'help', kind: 'switch', help: 'print this and exit' },
  { name: 'version', kind: 'switch', help: 'print the version and exit' },
] as const satisfies readonly OptionSpec[]

export type OptionName = (typeof OPTIONS)[number]['name']

/** Variables of our prefix that no option has, apart from those that Kubernetes sets for a service of our name. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(OPTIONS.map(({ name }) => envName(name)))
  return Object.keys(env).filter((name) => /^SOCKET_STAR_(?!SERVICE_|PORT_)/.test(name) && !known.has(name))
}

/** `cors-origin` is read from `SOCKET_STAR_CORS_ORIGIN`. */
export function envName(name: string): string {
  return `SOCKET_STAR_${name.toUpperCase().replaceAll('-', '_')}`
}
