import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import * as client from '@socket-star/client'
import { ERROR_TEXTS } from '@socket-star/protocol'
import {
  DEFAULT_BACKLOG_BYTES,
  DEFAULT_BACKLOG_MESSAGES,
  DEFAULT_WINDOW_BYTES,
  DEFAULT_WINDOW_MESSAGES,
} from '@socket-star/protocol/channel'
import { CHALLENGE_TIMEOUT_MS } from '@socket-star/protocol/rendezvous'
import { ANSWER_MS, HEARTBEAT_MS, RESUME_WINDOW_MS, UNCONFIRMED_MS } from '@socket-star/protocol/session'
import * as pullStream from '@socket-star/pull-stream'
import * as asyncIterable from '@socket-star/pull-stream/async-iterable'
import * as node from '@socket-star/pull-stream/node'
import * as web from '@socket-star/pull-stream/web'
import * as server from '@socket-star/server'
import { expect } from 'chai'
import { OPTIONS, type OptionSpec } from '../../packages/server/src/cli/options.ts'
import { codeWords, membersOf, quantities, read, rowsOf } from './public-names.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The public interfaces of each package, whose every member its README names. */
const INTERFACES: Record<string, readonly (readonly [file: string, name: string])[]> = {
  client: [
    ['client/src/options.ts', 'WrapOptions'],
    ['client/src/session/sockets.ts', 'CycleTimes'],
    ['client/src/wrap.ts', 'StarSocket'],
    ['client/src/session/types.ts', 'StarSession'],
    ['protocol/src/session/drive/session-emitter.ts', 'SessionEmitter'],
    ['client/src/session/types.ts', 'StarSocketEvents'],
    ['client/src/session/types.ts', 'SocketReservedEvents'],
    ['client/src/session/types.ts', 'Renewal'],
    ['client/src/session/types.ts', 'Refusal'],
    ['client/src/peers/join-star.ts', 'JoinOptions'],
    ['client/src/peers/types.ts', 'DialOptions'],
    ['client/src/peers/types.ts', 'Peer'],
    ['client/src/peers/types.ts', 'PeerEvents'],
  ],
  server: [
    ['server/src/options.ts', 'StarOptions'],
    ['server/src/limits.ts', 'StarQuotas'],
    ['server/src/session/settings.ts', 'SessionOptions'],
    ['server/src/session/settings.ts', 'SessionLimits'],
    ['server/src/observer.ts', 'StarObserver'],
    ['server/src/star-middleware.ts', 'Star'],
    ['server/src/star-middleware.ts', 'StarEvents'],
    ['server/src/session/types.ts', 'Session'],
    ['protocol/src/session/drive/session-emitter.ts', 'SessionEmitter'],
    ['server/src/session/types.ts', 'SessionEvents'],
    ['server/src/session/types.ts', 'SessionStart'],
    ['server/src/session/types.ts', 'RoomEmitter'],
    ['server/src/session/types.ts', 'SessionList'],
    ['server/src/http/star-server-options.ts', 'StarServerOptions'],
    ['server/src/http/star-server-options.ts', 'StarServer'],
  ],
  'pull-stream': [
    ['pull-stream/src/options.ts', 'StreamOptions'],
    ['pull-stream/src/relay/types.ts', 'RelayOptions'],
    ['pull-stream/src/relay/types.ts', 'Relay'],
  ],
}

/** A member that is never set, for TypeScript alone. */
const TYPES_ALONE = 'events'

const EXPORTS: Record<string, object> = {
  client,
  server,
  'pull-stream': { ...pullStream, ...asyncIterable, ...node, ...web },
}

/** What an option is when nobody gives it, where its README says so by a number. */
const DEFAULTS: Record<string, Readonly<Record<string, number>>> = {
  client: {
    answerMs: ANSWER_MS,
    timeoutMs: client.JOIN_TIMEOUT_MS,
    replyTimeoutMs: client.JOIN_REPLY_TIMEOUT_MS,
    maxStreams: client.MAX_OPEN_STREAMS,
  },
  server: {
    ...server.DEFAULT_QUOTAS,
    dialTimeoutMs: server.DEFAULT_DIAL_TIMEOUT_MS,
    challengeTimeoutMs: CHALLENGE_TIMEOUT_MS,
    resumeWindowMs: RESUME_WINDOW_MS,
    unconfirmedMs: UNCONFIRMED_MS,
    heartbeatMs: HEARTBEAT_MS,
    answerMs: ANSWER_MS,
    windowMessages: DEFAULT_WINDOW_MESSAGES,
    windowBytes: DEFAULT_WINDOW_BYTES,
    backlogMessages: DEFAULT_BACKLOG_MESSAGES,
    backlogBytes: DEFAULT_BACKLOG_BYTES,
    maxSessions: server.DEFAULT_MAX_SESSIONS,
    totalBacklogBytes: server.DEFAULT_TOTAL_BACKLOG_BYTES,
    maxHttpBufferSize: server.DEFAULT_MAX_HTTP_BUFFER_BYTES,
    drainTimeoutMs: server.DEFAULT_DRAIN_TIMEOUT_MS,
  },
  'pull-stream': {
    maxBufferedBytes: pullStream.DEFAULT_MAX_BUFFERED_BYTES,
    overrunBytes: pullStream.DEFAULT_OVERRUN_BYTES,
    holdTimeoutMs: pullStream.DEFAULT_HOLD_TIMEOUT_MS,
    releaseBytes: pullStream.DEFAULT_RELEASE_BYTES,
    maxFrameBytes: pullStream.DEFAULT_MAX_FRAME_BYTES,
    maxUnsentBytes: pullStream.DEFAULT_MAX_UNSENT_BYTES,
    frameBytes: pullStream.DEFAULT_FRAME_BYTES,
    maxBacklogBytes: pullStream.DEFAULT_MAX_BACKLOG_BYTES,
    budget: pullStream.DEFAULT_RELAY_BUDGET_BYTES,
  },
}

for (const [name, interfaces] of Object.entries(INTERFACES)) {
  describe(`the README of ${name}`, () => {
    const readme = read(`packages/${name}/README.md`)
    const words = codeWords(readme)
    const rows = rowsOf(readme)
    const members = interfaces.flatMap(([file, type]) => membersOf(file, type))

    it('names every option, member and event of what is public', () => {
      expect(members.length).to.be.greaterThan(10)
      const set = members.filter((member) => member !== TYPES_ALONE)
      expect(set.filter((member) => !words.has(member))).to.deep.equal([])
    })

    it('names no option, member or event that there is not', () => {
      const tables = rows.filter(({ titles }) =>
        /^(?:option|quota|event|member|StarSocket|Peer)\b/.test(titles[0] ?? ''),
      )
      expect(tables.length).to.be.greaterThan(5)
      const unknown = tables.flatMap(({ names }) => names).filter((each) => !members.includes(each))
      expect(unknown).to.deep.equal([])
    })

    it('has the defaults of the code', () => {
      for (const [option, value] of Object.entries(DEFAULTS[name] ?? {})) {
        const found = rows.filter(({ names }) => names.includes(option))
        const said = found.map(({ names, rest }) => quantities(rest)[names.indexOf(option)])
        expect(said, option).to.include(value)
      }
    })

    it('names every function and class that is exported', () => {
      const exported = Object.entries(EXPORTS[name] ?? {}).filter(([, value]) => typeof value === 'function')
      expect(exported.map(([word]) => word).filter((word) => !words.has(word))).to.deep.equal([])
    })
  })
}

describe('what documents name', () => {
  it('of errors is in the registry', () => {
    for (const file of globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/**/*.md'], {
      cwd: ROOT,
    })) {
      const codes = read(file).match(/\bERR_[A-Z0-9_]+\b/g) ?? []
      expect(
        codes.filter((code) => !Object.hasOwn(ERROR_TEXTS, code)),
        file,
      ).to.deep.equal([])
    }
  })

  it('of flags is an option of the command, which says the defaults of the code', () => {
    const known = OPTIONS.map(({ name }) => name as string)
    const flags = read('packages/server/README.md').match(/(?<=[\s`])--[a-z][a-z-]*/g) ?? []
    expect(flags.length).to.be.greaterThan(5)
    expect(flags.filter((flag) => !known.includes(flag.slice(2)))).to.deep.equal([])
    const drain = OPTIONS.find(({ name }) => name === 'drain-timeout') as OptionSpec
    expect(quantities(drain.help)).to.deep.equal([server.DEFAULT_DRAIN_TIMEOUT_MS / 1000])
  })

  it('of log events is what a server writes, and all of it', () => {
    const sources = globSync('packages/server/src/**/*.ts', { cwd: ROOT }).map(read).join('\n')
    const written = new Set(sources.match(/(?<=')(?:star|server|cli)\.[a-z-]+(?=')/g))
    const operations = read('docs/operations.md')
    const named = operations.match(/(?<=`)(?:star|server|cli)\.[a-z-]+(?=`)/g)
    expect(written.size).to.be.greaterThan(20)
    expect(new Set(named)).to.deep.equal(written)
    for (const [, level, event] of operations.matchAll(/^\| (\w+) +\| `(\w+\.[a-z-]+)`/gm)) {
      const levels = [...sources.matchAll(new RegExp(`\\.(\\w+)\\('${event}'`, 'g'))].map(([, name]) => name)
      expect(levels.length === 0 || levels.includes(level), `${event} is of level ${levels}`).to.equal(true)
    }
  })

  it('of metrics is what a server serves, and all of it', async () => {
    const running = await server.createStarServer({ page: false })
    try {
      const text = await (await fetch(`${running.url}/metrics`)).text()
      const served = new Set([...text.matchAll(/^# TYPE (socket_star\w+)/gm)].map(([, metric]) => metric))
      const row = rowsOf(read('packages/server/README.md')).find(({ rest }) =>
        rest.includes('socket_star_peers'),
      )
      const named = [...(row?.rest ?? '').matchAll(/`(?:socket_star)?(_\w+)(?:\{\w+\})?`/g)]
      expect(new Set(named.map(([, metric]) => `socket_star${metric}`))).to.deep.equal(served)
    } finally {
      await running.close()
    }
  })
})
