import { expect } from 'chai'
import {
  createLog,
  createStarServer,
  type LogOptions,
  type StarOptions,
  type StarServerOptions,
  starMiddleware,
} from '../src/index.ts'
import { SILENT_LOG } from '../src/log.ts'

/** What a program without types may give, and what it is told. */
type Wrong = readonly [options: object, told: string]

const OF_A_STAR: readonly Wrong[] = [
  [{ authentication: () => true }, 'there is no option authentication; there are challenge, '],
  [{ sesions: {} }, 'there is no option sesions;'],
  [{ sessions: { resumeWindow: 1 } }, 'there is no option sessions.resumeWindow; there are resumeWindowMs, '],
  [{ quotas: { peer: 1 } }, 'there is no option quotas.peer;'],
  [{ authenticate: null }, 'authenticate has to be a function, not null'],
  [{ requireTls: 'false' }, 'requireTls has to be true or false, not "false"'],
  [{ challenge: 0 }, 'challenge has to be true or false, not 0'],
  [{ sessions: null }, 'sessions has to be an object, not null'],
  [{ sessions: { store: {} } }, 'sessions.store has to be an object with the functions create, acquire, '],
  [
    { sessions: { roomLog: [] } },
    'sessions.roomLog has to be an object with the functions append, head, read',
  ],
  [{ sessions: { stateFile: '' } }, 'sessions.stateFile has to be a text that is not empty, not ""'],
  [{ quotas: { peers: Number.NaN } }, 'quotas.peers has to be a number of at least 0, not NaN'],
  [{ dialTimeoutMs: '5000' }, 'dialTimeoutMs has to be a number of at least 1, not "5000"'],
  [{ challengeTimeoutMs: -1 }, 'challengeTimeoutMs has to be a number of at least 1, not -1'],
  [{ trustProxy: '10.0.0.0/8' }, 'trustProxy has to be an array of addresses and ranges, or a function'],
  [{ trustProxy: [5] }, 'trustProxy has to be an array of addresses and ranges, or a function'],
  [
    { log: console.log },
    'log has to be an object with the functions error, warn, info, debug, not a function',
  ],
  [{ observer: 5 }, 'observer has to be an object, not 5'],
]

const OF_A_SERVER: readonly Wrong[] = [
  [{ prot: 9090 }, 'there is no option prot; there are port, '],
  [{ public: true }, 'there is no option public;'],
  [{ star: { sesions: {} } }, 'there is no option sesions;'],
  [{ port: '9090' }, 'port has to be a whole number from 0 to 65535, not "9090"'],
  [{ port: 65_536 }, 'port has to be a whole number from 0 to 65535, not 65536'],
  [{ host: 5 }, 'host has to be a text that is not empty, not 5'],
  [{ tls: {} }, 'tls has to be an object with key and cert, or with pfx, not an object'],
  [{ tls: { key: 'x' } }, 'tls has to be an object with key and cert, or with pfx, not an object'],
  [
    { corsOrigins: 'https://example.org' },
    'corsOrigins has to be an array of origins, not "https://example.org"',
  ],
  [{ page: true }, 'page has to be the path of a directory, or false, not true'],
  [{ maxHttpBufferSize: 1_000 }, 'maxHttpBufferSize has to be a number of at least 262144, not 1000'],
  [{ drainTimeoutMs: Number.NaN }, 'drainTimeoutMs has to be a number of at least 0, not NaN'],
]

describe('options', () => {
  for (const [options, told] of OF_A_STAR) {
    it(`of a star: ${told}`, () => {
      const given = { log: SILENT_LOG, ...options } as StarOptions
      expect(() => starMiddleware(given))
        .to.throw(told)
        .with.property('code', 'ERR_CONFIG')
    })
  }

  for (const [options, told] of OF_A_SERVER) {
    it(`of a server: ${told}`, async () => {
      const failed = await createStarServer(options as StarServerOptions).then(
        (server) => server.close().then(() => ({ code: 'none', message: '' })),
        (error: { code: string; message: string }) => error,
      )
      expect(failed.code).to.equal('ERR_CONFIG')
      expect(failed.message).to.include(told)
    })
  }

  it('of a log: a level that there is not would silence it', () => {
    const log = (options: object) => () => createLog({ json: true, ...options } as LogOptions)
    for (const [options, told] of [
      [
        { level: 'verbose', write: () => {} },
        'level has to be one of error, warn, info, debug, not "verbose"',
      ],
      [{ write: () => {} }, 'level has to be one of error, warn, info, debug, not undefined'],
      [{ level: 'info' }, 'write has to be a function, not undefined'],
    ] as const) {
      expect(log(options)).to.throw(told).with.property('code', 'ERR_CONFIG')
    }
  })

  it('that are undefined were not given', async () => {
    const star = starMiddleware({
      authenticate: undefined,
      log: SILENT_LOG,
      quotas: undefined,
      sessions: { stateFile: undefined },
    })
    await star.close()
    expect(() => starMiddleware(null as never)).to.throw('the options have to be an object, not null')
  })
})
