import {
  type Answer,
  CLIENT_HANDSHAKE,
  type HandshakeEvent,
  type HandshakeTable,
  MAX_WAITING_TOKENS,
  SERVER_HANDSHAKE,
  ServerHandshake,
  STATUS,
  type Status,
  type StatusName,
  statusName,
  type Tokens,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import { codeOf } from '../code-of.ts'
import { Client, type Output } from './client-machine.ts'
import { L, sha256 } from './dop-world.ts'

const FRESH: Answer = { as: 'fresh' }
const RESUME: Answer = { as: 'resume' }

/** The machine of a server, or of a client, brought to a status by an honest other side. */
const at = {
  'server OPEN': () => server(),
  'server PRECONNECTED': () => server(['BBBB'], FRESH),
  'server PRECONNECTED, renewing': () => server(['AAAABBBB'], FRESH),
  'server CONNECTED': () => server(['BBBB', 'BBBB'], FRESH),
  'server CONNECTED, resumed': () => server(['AAAABBBB'], RESUME),
  'client OPEN': () => client('BBBB'),
  'client RECONNECTING': () => client('AAAABBBB'),
  'client PRECONNECTED': () => client('BBBB', 'DDDD'),
  'client PRECONNECTED, resuming': () => client('AAAABBBB', 'DDDD'),
  'client CONNECTED': () => client('BBBB', 'DDDD', 'DDDD'),
  'client CONNECTED, resumed': () => client('AAAABBBB', 'DDDD', 'AAAABBBB'),
  'client CONNECTED, renewed': () => client('AAAABBBB', 'DDDD', 'DDDD'),
} as const

interface Machine {
  readonly status: Status
  readonly tokens: Tokens
  receive(value: unknown): readonly Output[]
}

function server(tokens: readonly string[] = [], answer: Answer = FRESH): ServerHandshake {
  const machine = new ServerHandshake({ local: 'DDDD', digest: sha256, tokenLength: L })
  machine.open()
  tokens.forEach((token, index) => {
    machine.receive(token)
    if (index === 0) machine.answer(answer)
  })
  return machine
}

function client(local: string, ...tokens: readonly string[]): Client {
  const machine = new Client(local)
  machine.open()
  for (const token of tokens) machine.receive(token)
  return machine
}

/** Everything that can arrive, by what it is to a machine with these tokens. */
const ARRIVALS = {
  'a single token': 'EEEE',
  'a double token': 'EEEEFFFF',
  "the server's own token": 'DDDD',
  "the client's own token": 'BBBB',
  'the old merged token': 'AAAABBBB',
  'the new merged token': 'AAAADDDD',
  'the merged token of two new sides': 'BBBBDDDD',
  'one character too few': 'EEE',
  'one and a half tokens': 'EEEEFF',
  'three tokens': 'EEEEFFFFGGGG',
  'an empty string': '',
  'not base64url': 'EE E',
  'a lone surrogate': 'EEE\ud800',
  'no string': 17,
  nothing: undefined,
  'an array of a token': ['EEEE'],
  'an object': { length: 4 },
} as const

type Arrival = keyof typeof ARRIVALS
type Start = keyof typeof at

/** The cells of HS-6 that mean something: the status that follows, and what is said. All others are refused. */
const CELLS: Partial<Record<Start, Partial<Record<Arrival, { to: StatusName; says: readonly string[] }>>>> = {
  'server OPEN': {
    'a single token': { to: 'OPEN', says: ['create'] },
    "the client's own token": { to: 'OPEN', says: ['create'] },
    'a double token': { to: 'OPEN', says: ['find'] },
    'the old merged token': { to: 'OPEN', says: ['find'] },
    'the new merged token': { to: 'OPEN', says: ['find'] },
    'the merged token of two new sides': { to: 'OPEN', says: ['find'] },
  },
  'server PRECONNECTED': {
    "the client's own token": { to: 'CONNECTED', says: ['new BBBBDDDD'] },
  },
  'server PRECONNECTED, renewing': {
    'the old merged token': { to: 'CONNECTED', says: ['renewed AAAADDDD'] },
  },
  'server CONNECTED': {
    'the merged token of two new sides': { to: 'DISCONNECTED', says: ['ended remote'] },
  },
  'server CONNECTED, resumed': {
    'the old merged token': { to: 'DISCONNECTED', says: ['ended remote'] },
  },
  'client OPEN': {
    'a single token': { to: 'PRECONNECTED', says: ['BBBB'] },
    "the server's own token": { to: 'PRECONNECTED', says: ['BBBB'] },
  },
  'client RECONNECTING': {
    'a single token': { to: 'PRECONNECTED', says: ['AAAABBBB'] },
    "the server's own token": { to: 'PRECONNECTED', says: ['AAAABBBB'] },
    "the client's own token": { to: 'PRECONNECTED', says: ['AAAABBBB'] },
  },
  'client PRECONNECTED': {
    "the server's own token": { to: 'CONNECTED', says: ['new BBBBDDDD'] },
  },
  'client PRECONNECTED, resuming': {
    'the old merged token': { to: 'CONNECTED', says: ['resumed AAAABBBB'] },
    "the server's own token": { to: 'CONNECTED', says: ['AAAABBBB', 'renewed AAAADDDD'] },
  },
  'client CONNECTED': {
    'the merged token of two new sides': { to: 'DISCONNECTED', says: ['ended remote'] },
  },
  'client CONNECTED, resumed': {
    'the old merged token': { to: 'DISCONNECTED', says: ['ended remote'] },
  },
  'client CONNECTED, renewed': {
    'the new merged token': { to: 'DISCONNECTED', says: ['ended remote'] },
  },
}

function said(machine: Machine, outputs: readonly Output[]): string[] {
  return outputs.map((output) => {
    switch (output.do) {
      case 'send':
        return output.token
      case 'ask':
        return output.question?.kind ?? 'ask'
      case 'connected':
        return `${output.how} ${machine.tokens.token}`
      case 'ended':
        return `ended ${output.by}`
      case 'refuse':
        return `${output.code} ${output.reason}`
      default:
        return output satisfies never
    }
  })
}

describe('the handshake of one socket', () => {
  describe('HS-6 what a received token means', () => {
    for (const [start, make] of Object.entries(at)) {
      for (const [arrival, value] of Object.entries(ARRIVALS)) {
        const cell = CELLS[start as Start]?.[arrival as Arrival]
        it(`HS-6 ${start}: ${arrival} ${cell ? `leads to ${cell.to}` : 'is refused'}`, () => {
          const machine = make()
          expect(statusName(machine.status)).to.equal(start.split(/[ ,]+/)[1], 'as it starts')
          const outputs = machine.receive(value)
          expect(statusName(machine.status)).to.equal(cell?.to ?? 'DISCONNECTED')
          expect(said(machine, outputs)).to.deep.equal(cell?.says ?? ['ERR_HANDSHAKE protocol'])
          if (!cell) expect(machine.receive('EEEE'), 'and nothing is heard afterwards').to.be.empty
        })
      }
    }

    it('HS-6 has a test for every row of both tables', () => {
      const covered = new Set<string>()
      const rowsOf = (table: HandshakeTable, side: string): string[] =>
        Object.entries(table).flatMap(([from, rows]) =>
          Object.keys(rows).map((on) => `${side} ${from} ${on}`),
        )
      const recording = <T extends object>(rows: T, take: (key: string, row: unknown) => unknown): T =>
        new Proxy(rows, { get: (_, key) => take(String(key), Reflect.get(rows, key)) })
      const record = (table: HandshakeTable, side: string): HandshakeTable =>
        recording(table, (from, rows) =>
          recording(rows as object, (on, row) => {
            if (row !== undefined) covered.add(`${side} ${from} ${on}`)
            return row
          }),
        )
      const run = (
        side: string,
        table: HandshakeTable,
        local: string,
        remote: string,
        ...events: HandshakeEvent[]
      ) => {
        const machine = new Client(local, record(table, side))
        for (const event of events) machine.step(event, remote)
        return statusName(machine.status)
      }
      const client = run.bind(undefined, 'client', CLIENT_HANDSHAKE)
      const server = run.bind(undefined, 'server', SERVER_HANDSHAKE)
      expect(client('BBBB', 'AAAA', 'open', 'single', 'remote', 'merged')).to.equal('DISCONNECTED')
      expect(client('AAAABBBB', 'CCCC', 'open', 'single', 'merged', 'end')).to.equal('DISCONNECTED')
      expect(client('AAAABBBB', 'CCCC', 'open', 'single', 'renewal')).to.equal('CONNECTED')
      expect(server('AAAA', 'BBBB', 'open', 'single', 'fresh', 'remote', 'end')).to.equal('DISCONNECTED')
      expect(server('AAAA', 'BBBBCCCC', 'open', 'double', 'fresh', 'renewal')).to.equal('CONNECTED')
      expect(server('AAAA', 'AAAABBBB', 'open', 'double', 'resume', 'merged')).to.equal('DISCONNECTED')
      const rows = [...rowsOf(CLIENT_HANDSHAKE, 'client'), ...rowsOf(SERVER_HANDSHAKE, 'server')]
      expect([...covered].sort()).to.deep.equal(rows.sort())
    })
  })

  describe('HS-5 who speaks first', () => {
    it('HS-5 a server sends its token at once to a client that announced itself, and once', () => {
      const machine = new ServerHandshake({ local: 'AAAA', digest: sha256, tokenLength: L })
      expect(machine.open()).to.deep.equal([{ do: 'send', token: 'AAAA' }])
      expect(machine.open()).to.be.empty
    })

    it('HS-5 a server says nothing before a client that did not announce itself spoke dop', () => {
      const machine = new ServerHandshake({ local: 'AAAA', digest: sha256, tokenLength: L })
      const [first, second] = machine.receive('BBBB')
      expect(first).to.deep.equal({ do: 'send', token: 'AAAA' })
      expect(second).to.have.property('do', 'ask')
      expect(machine.open(), 'a late announcement does not repeat the token').to.be.empty
    })

    it('HS-5 a stranger that resumes with its first word is heard', () => {
      const machine = new ServerHandshake({ local: 'CCCC', digest: sha256, tokenLength: L })
      machine.receive('AAAABBBB')
      machine.answer(RESUME)
      expect(machine.status).to.equal(STATUS.CONNECTED)
      expect(machine.tokens.token).to.equal('AAAABBBB')
    })

    it('HS-4 a client sends its token first, a client with a session waits', () => {
      const fresh = new Client('BBBB')
      expect(fresh.open()).to.deep.equal([{ do: 'send', token: 'BBBB' }])
      const back = new Client('AAAABBBB')
      expect(back.open()).to.be.empty
    })
  })

  describe('HS-9 look-ups', () => {
    it('HS-9 asks with hashes, never with a token', () => {
      const create = server().receive('BBBB')
      expect(create).to.deep.equal([
        { do: 'ask', question: { kind: 'create', freshHash: sha256('BBBBDDDD') } },
      ])
      const find = server().receive('AAAABBBB')
      expect(find).to.deep.equal([
        { do: 'ask', question: { kind: 'find', hash: sha256('AAAABBBB'), freshHash: sha256('AAAADDDD') } },
      ])
    })

    it('HS-9 tokens that come meanwhile wait for the answer, in order', () => {
      const machine = server()
      machine.receive('BBBB')
      expect(machine.receive('BBBB'), 'the confirmation').to.be.empty
      expect(machine.receive('BBBBDDDD'), 'and the end').to.be.empty
      expect(machine.status).to.equal(STATUS.OPEN)
      expect(said(machine, machine.answer(FRESH))).to.deep.equal(['DDDD', 'new BBBBDDDD', 'ended remote'])
    })

    it('HS-9 at most MAX_WAITING_TOKENS wait', () => {
      const machine = server()
      machine.receive('BBBB')
      for (let i = 0; i < MAX_WAITING_TOKENS; i++) expect(machine.receive('BBBB')).to.be.empty
      expect(said(machine, machine.receive('BBBB'))).to.deep.equal(['ERR_HANDSHAKE protocol'])
      expect(machine.answer(FRESH), 'the answer comes too late').to.be.empty
    })

    it('HS-6 a refusal carries its reason', () => {
      const machine = server()
      machine.receive('AAAABBBB')
      const outputs = machine.answer({ as: 'refuse', reason: 'ended' })
      expect(outputs).to.deep.equal([{ do: 'refuse', code: 'ERR_SESSION_REFUSED', reason: 'ended' }])
    })

    it("HS-9 an answer without a question, or that does not fit, is the driver's mistake", () => {
      const machine = server()
      expect(codeOf(() => machine.answer(FRESH))).to.equal('ERR_HANDSHAKE')
      machine.receive('BBBB')
      expect(codeOf(() => machine.answer(RESUME))).to.equal('ERR_HANDSHAKE')
    })

    it('HS-9 an answer after the socket is gone does nothing', () => {
      const machine = server()
      machine.receive('BBBB')
      machine.close()
      expect(machine.answer(FRESH)).to.be.empty
      expect(machine.receive('BBBB')).to.be.empty
    })
  })

  it('HS-2 a server does not start with what is no token', () => {
    for (const local of ['AAA', 'AAAAA', 'AAA!', '']) {
      const make = () => new ServerHandshake({ local, digest: sha256, tokenLength: L })
      expect(codeOf(make), local).to.equal('ERR_HANDSHAKE')
    }
  })

  it('HS-2 tokens are compared through the hash alone', () => {
    const hashed: string[] = []
    const digest = (token: string) => {
      hashed.push(token)
      return sha256(token)
    }
    const machine = new ServerHandshake({ local: 'DDDD', digest, tokenLength: L })
    machine.open()
    machine.receive('BBBB')
    machine.answer(FRESH)
    hashed.length = 0
    machine.receive('EEEE')
    expect(hashed).to.include('EEEE').and.to.include('BBBB')
  })

  it('HS-10 ends only what is CONNECTED', () => {
    expect(client('BBBB', 'DDDD').end()).to.be.empty
    expect(server(['BBBB'], FRESH).end()).to.be.empty
    const machine = server(['BBBB', 'BBBB'], FRESH)
    expect(said(machine, machine.end())).to.deep.equal(['BBBBDDDD', 'ended local'])
    expect(machine.end()).to.be.empty
  })
})
