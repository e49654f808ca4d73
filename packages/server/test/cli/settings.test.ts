import { expect } from 'chai'
import { readFlags } from '../../src/cli/arguments.ts'
import { helpText } from '../../src/cli/help.ts'
import { envName, OPTIONS } from '../../src/cli/options.ts'
import { readSettings, type Settings } from '../../src/cli/settings.ts'
import { UsageError } from '../../src/cli/usage-error.ts'

const settings = (args: string[], env: Record<string, string> = {}): Settings =>
  readSettings(readFlags(args), env)

const DEFAULTS: Settings = {
  port: 9090,
  host: '0.0.0.0',
  tls: undefined,
  challenge: true,
  strictAddresses: true,
  metrics: true,
  corsOrigins: [],
  public: false,
  trustedProxies: [],
  stateFile: undefined,
  maxHttpBufferSize: undefined,
  drainTimeoutMs: undefined,
  logLevel: 'info',
}

/** Arguments, environment, and what differs from the defaults. */
const CASES: readonly [string, string[], Record<string, string>, Partial<Settings>][] = [
  ['nothing', [], {}, {}],
  ['--port', ['--port', '80'], {}, { port: 80 }],
  ['--port=', ['--port=0'], {}, { port: 0 }],
  ['-p', ['-p', '81'], {}, { port: 81 }],
  ['-p without a space', ['-p82'], {}, { port: 82 }],
  ['the last of several flags', ['-p', '81', '--port', '82'], {}, { port: 82 }],
  ['--host', ['--host', '::1'], {}, { host: '::1' }],
  ['--host as in a URL', ['--host', '[::1]'], {}, { host: '::1' }],
  ['-h, the legacy host', ['-h', '127.0.0.1'], {}, { host: '127.0.0.1' }],
  [
    'switches',
    ['--no-challenge', '--lax-addresses', '--no-metrics', '--public'],
    {},
    {
      challenge: false,
      strictAddresses: false,
      metrics: false,
      public: true,
    },
  ],
  [
    'legacy switches',
    ['--disableCryptoChallenge', '--disableStrictMultiaddr', '--disableMetrics'],
    {},
    {
      challenge: false,
      strictAddresses: false,
      metrics: false,
    },
  ],
  [
    'legacy switches with a word of their own',
    ['--disableCryptoChallenge=true', '--disableStrictMultiaddr', 'false', '--disableMetrics', 'true'],
    {},
    { challenge: false, metrics: false },
  ],
  ['a value that begins with a dash, where it is meant', ['--state=--odd'], {}, { stateFile: '--odd' }],
  [
    'lists, repeated and with commas',
    ['--cors-origin', 'https://a.example,https://b.example', '--cors-origin', 'https://c.example'],
    {},
    {
      corsOrigins: ['https://a.example', 'https://b.example', 'https://c.example'],
    },
  ],
  ['--trust-proxy', ['--trust-proxy', '10.0.0.0/8, ::1'], {}, { trustedProxies: ['10.0.0.0/8', '::1'] }],
  [
    'key and certificate',
    ['--key', 'k', '--cert', 'c', '--passphrase', 's'],
    {},
    {
      tls: { key: 'k', cert: 'c', passphrase: 's' },
    },
  ],
  ['--state', ['--state', 's'], { SOCKET_STAR_STATE: 't' }, { stateFile: 's' }],
  ['SOCKET_STAR_STATE', [], { SOCKET_STAR_STATE: 't' }, { stateFile: 't' }],
  ['--pfx', ['--pfx', 'p'], {}, { tls: { pfx: 'p', passphrase: undefined } }],
  ['--max-message', ['--max-message', '1000000'], {}, { maxHttpBufferSize: 1_000_000 }],
  [
    '--drain-timeout and --log-level',
    ['--drain-timeout', '3', '--log-level', 'debug'],
    {},
    {
      drainTimeoutMs: 3_000,
      logLevel: 'debug',
    },
  ],
  [
    'our variables',
    [],
    {
      SOCKET_STAR_PORT: '83',
      SOCKET_STAR_HOST: 'localhost',
      SOCKET_STAR_NO_CHALLENGE: 'true',
      SOCKET_STAR_PUBLIC: '1',
      SOCKET_STAR_NO_METRICS: '0',
      SOCKET_STAR_CORS_ORIGIN: 'https://a.example',
    },
    { port: 83, host: 'localhost', challenge: false, public: true, corsOrigins: ['https://a.example'] },
  ],
  [
    'the legacy variables',
    [],
    {
      PORT: '84',
      HOST: '127.0.0.1',
      PFX: 'p',
      PFX_PASSPHRASE: 's',
      DISABLE_CRYPTO_CHALLENGE: '1',
      DISABLE_STRICT_MULTIADDR: 'yes',
      DISABLE_METRICS: 'on',
    },
    {
      port: 84,
      host: '127.0.0.1',
      tls: { pfx: 'p', passphrase: 's' },
      challenge: false,
      strictAddresses: false,
      metrics: false,
    },
  ],
  ['KEY and CERT', [], { KEY: 'k', CERT: 'c' }, { tls: { key: 'k', cert: 'c', passphrase: undefined } }],
  ['a variable that says no', [], { DISABLE_CRYPTO_CHALLENGE: 'false' }, {}],
  ['empty variables', [], { PORT: '', SOCKET_STAR_HOST: '' }, {}],
  ['a flag before both variables', ['--port', '1'], { SOCKET_STAR_PORT: '2', PORT: '3' }, { port: 1 }],
  ['our variable before the legacy one', [], { SOCKET_STAR_PORT: '2', PORT: '3' }, { port: 2 }],
]

const WRONG: readonly [string, string[], Record<string, string>, RegExp][] = [
  ['an unknown flag', ['--prot', '1'], {}, /unknown option --prot/],
  ['a near miss', ['--cors', 'x'], {}, /did you mean --cors-origin/],
  ['a prototype name', ['--__proto__'], {}, /unknown option/],
  ['a word without a flag', ['9090'], {}, /"9090"/],
  ['a flag without its value', ['--port'], {}, /--port needs a value/],
  ['a flag in the place of a value', ['--state', '--public'], {}, /--state needs a value/],
  ['a word behind a switch of ours', ['--no-metrics', 'true'], {}, /"true"/],
  ['a variable without its pair, by its name', [], { KEY: 'k' }, /^KEY needs --cert/],
  ['a switch with a value', ['--public=yes'], {}, /--public takes no value/],
  ['a port that is none', ['--port', 'x'], {}, /--port must be a port/],
  ['a port past the last', ['--port', '65536'], {}, /65535/],
  ['a negative port', ['--port=-1'], {}, /--port must be a port/],
  ['a bad port in a variable', [], { PORT: '80x' }, /PORT must be a port/],
  [
    'a switch variable that is neither',
    [],
    { SOCKET_STAR_PUBLIC: 'maybe' },
    /SOCKET_STAR_PUBLIC must be 1 or 0/,
  ],
  ['a level that is none', ['--log-level', 'loud'], {}, /one of error, warn, info, debug/],
  ['a key without a certificate', ['--key', 'k'], {}, /--cert/],
  ['a certificate without a key', ['--cert', 'c'], {}, /--key/],
  ['two kinds of TLS files', ['--pfx', 'p', '--key', 'k', '--cert', 'c'], {}, /leave out/],
  ['a passphrase for nothing', ['--passphrase', 's'], {}, /--passphrase needs/],
]

describe('the settings of the command line', () => {
  for (const [what, args, env, changes] of CASES) {
    it(`reads ${what}`, () => {
      expect(settings(args, env)).to.deep.equal({ ...DEFAULTS, ...changes })
    })
  }

  for (const [what, args, env, message] of WRONG) {
    it(`refuses ${what}`, () => {
      expect(() => settings(args, env)).to.throw(UsageError, message)
    })
  }

  it('names every option in --help', () => {
    for (const { name } of OPTIONS) expect(helpText()).to.contain(`--${name}`)
  })

  it('has a variable for every option', () => {
    expect(OPTIONS.map(({ name }) => envName(name))).to.include('SOCKET_STAR_LAX_ADDRESSES')
  })
})
