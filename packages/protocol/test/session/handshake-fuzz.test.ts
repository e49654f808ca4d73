/** Anything in any order: against one machine, and between a client and its server. */
import {
  CLIENT_LIFE,
  ServerHandshake,
  type ServerHandshakeOutput,
  STATUS,
  type Status,
  statusName,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'
import { Client, type Output } from './client-machine.ts'
import { DopWorld, L, sha256 } from './dop-world.ts'

const SECRETS = ['AAAA', 'BBBB', 'CCCC', 'DDDD', 'AAAABBBB', 'AAAADDDD', 'BBBBDDDD', 'CCCCDDDD']

/** Tokens that fit, tokens that nearly fit, and everything else. */
const arrival: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown>(...SECRETS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.anything() },
)

function refusalsHoldNoToken(outputs: readonly Output[]): void {
  for (const output of outputs) {
    if (output.do !== 'refuse') continue
    const text = JSON.stringify(output)
    for (const secret of SECRETS) expect(text).not.to.contain(secret)
  }
}

describe('the handshake against anything', () => {
  it('HS-6 a server connects nobody who did not confirm, and never throws', () => {
    fc.assert(
      fc.property(
        fc.array(arrival, { maxLength: 8 }),
        fc.array(fc.boolean(), { maxLength: 8 }),
        (arrivals, answers) => {
          const machine = new ServerHandshake({ local: 'DDDD', digest: sha256, tokenLength: L })
          const heard: unknown[] = []
          let resumed = false
          const follow = (outputs: readonly ServerHandshakeOutput[]): void => {
            refusalsHoldNoToken(outputs)
            for (const output of outputs) {
              if (output.do === 'ask') {
                const known = output.question.kind === 'find' && (answers.pop() ?? false)
                resumed ||= known
                follow(machine.answer({ as: known ? 'resume' : 'fresh' }))
              }
              if (output.do !== 'connected') continue
              const [first, second] = heard
              if (resumed) expect(machine.tokens.token).to.equal(first)
              else expect(second, 'confirmed').to.equal(first)
              expect(output.how).to.equal(
                resumed ? 'resumed' : String(first).length === L ? 'new' : 'renewed',
              )
            }
          }
          follow(machine.open())
          for (const value of arrivals) {
            heard.push(value)
            follow(machine.receive(value))
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('HS-6 a client connects to nobody who did not confirm, and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('BBBB', 'AAAABBBB'),
        fc.array(arrival, { maxLength: 8 }),
        (local, arrivals) => {
          const machine = new Client(local)
          machine.open()
          for (const [index, value] of arrivals.entries()) {
            const outputs = machine.receive(value)
            refusalsHoldNoToken(outputs)
            const connected = outputs.find((output) => output.do === 'connected')
            if (connected?.do !== 'connected') continue
            expect(index, 'the second token').to.equal(1)
            expect(value).to.equal(connected.how === 'resumed' ? local : arrivals[0])
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

type Step =
  | { readonly do: 'connect' }
  | { readonly do: 'toServer' | 'toClient' | 'cut' | 'cutServer'; readonly which: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'settle' }
  | { readonly do: 'serverHears' | 'clientHears'; readonly what: unknown }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: 'connect' } as const) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom('toServer', 'toClient'),
      which: fc.nat(3),
    }) as fc.Arbitrary<Step>,
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('cut', 'cutServer'), which: fc.nat(3) }) as fc.Arbitrary<Step>,
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('advance'),
      ms: fc.constantFrom(1_000, 31_000, 121_000),
    }) as fc.Arbitrary<Step>,
  },
  { weight: 2, arbitrary: fc.constant({ do: 'settle' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('serverHears', 'clientHears'),
      what: fc.constantFrom<unknown>('garbage', 'Z000', 'A001', 'M000', 7, null),
    }) as fc.Arbitrary<Step>,
  },
)

/** A token that nobody said: the wire itself put it there. */
class Forged {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

/** Remembers on which sockets one of the sides heard what the other one never said. */
class ForgingWorld extends DopWorld {
  readonly fooled = new Set<number>()

  override toServer(id: number): unknown {
    this.#reveal(id, this.wire(id).toServer)
    return super.toServer(id)
  }

  override toClient(id: number): unknown {
    this.#reveal(id, this.wire(id).toClient)
    return super.toClient(id)
  }

  #reveal(id: number, line: unknown[]): void {
    const [first] = line
    if (!(first instanceof Forged)) return
    line[0] = first.value
    this.fooled.add(id)
  }
}

/** Runs a schedule; what it does to sockets that do not exist does nothing. */
class Run {
  readonly world: ForgingWorld
  #sockets = 0

  constructor() {
    const name = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`)
    // one sorts below the other for some, above for others
    this.world = new ForgingWorld({ client: 'M000', server: [...name('A', 6), ...name('Z', 90)] })
  }

  step(step: Step): void {
    const { world } = this
    switch (step.do) {
      case 'connect':
        this.connect()
        break
      case 'advance':
        world.advance(step.ms)
        break
      case 'settle':
        world.settle()
        break
      case 'serverHears':
      case 'clientHears': {
        const wire = world.wires.get(this.#sockets)
        if (wire?.open) {
          const line = step.do === 'serverHears' ? wire.toServer : wire.toClient
          line.push(new Forged(step.what))
        }
        break
      }
      default: {
        const id = this.#sockets - step.which
        const wire = world.wires.get(id)
        if (wire === undefined) break
        if (step.do === 'toServer' && wire.toServer.length > 0) world.toServer(id)
        if (step.do === 'toClient' && wire.toClient.length > 0) world.toClient(id)
        if (step.do === 'cut') world.cut(id)
        if (step.do === 'cutServer') world.cutServer(id)
      }
    }
    this.check()
  }

  connect(): void {
    this.#sockets++
    this.world.connect(this.#sockets)
  }

  /** Cuts everything, so that both sides begin the next connection knowing it. */
  cutAll(): void {
    for (const id of this.world.wires.keys()) this.world.cut(id)
  }

  check(): void {
    const { world } = this
    const current = world.client.current?.socket
    if (current !== undefined) {
      const wire = world.wire(Number(current))
      const both = world.client.status === STATUS.CONNECTED && wire.server.status === STATUS.CONNECTED
      if (both && wire.server.tokens.token !== world.client.token) this.checkFooled(wire)
    }
    for (const [hash, session] of world.sessions) {
      const wire = session.current === undefined ? undefined : world.wire(Number(session.current))
      if (wire?.server.status !== STATUS.CONNECTED) continue
      expect(sha256(wire.server.tokens.token ?? ''), 'a session is had by its token alone').to.equal(hash)
    }
    const carried = [...world.sessions.values()].flatMap((session) => session.current ?? [])
    expect(new Set(carried).size, 'a socket carries one session').to.equal(carried.length)
    expect(world.client.status === STATUS.CONNECTED).to.equal(current !== undefined)
  }

  /**
   * Nobody authenticates tokens on a wire: whoever can write on it, into one
   * side's line, can make that side take a token for the other one's. But then
   * the two never share a session, and what the other one really said is still
   * under way: it ends this as a violation.
   */
  checkFooled(wire: ReturnType<DopWorld['wire']>): void {
    const { world } = this
    expect(world.fooled.has(wire.id), 'one token, as nothing was forged').to.equal(true)
    const underWay = wire.toServer.length + wire.toClient.length
    // once the server's end is cut nothing is: the client forgets this socket when it notices
    if (wire.open) expect(underWay, 'it is about to be found out').to.be.above(0)
    const believed = world.sessions.get(sha256(world.client.token ?? ''))
    expect(believed?.current, 'no other session on the socket').not.to.equal(wire.id)
  }
}

const followsTable = (table: Readonly<Record<string, string | undefined>>, from: Status, to: Status) =>
  Object.entries(table).some(
    ([row, next]) => row.startsWith(`${statusName(from)} `) && next === statusName(to),
  )

/** Schedules in one run of the tests; `HANDSHAKE_RUNS=200000` for a long one. */
const RUNS = Number(process.env.HANDSHAKE_RUNS ?? 1_200)

describe('a client and its server in any order', function () {
  this.timeout(10_000 + 10 * RUNS)

  const walked = new Set<string>()

  after(
    'every row of CLIENT_LIFE is walked, but for those of a takeover and of an end without a session',
    () => {
      const rows = Object.entries(CLIENT_LIFE).map(([row, to]) => `${row.split(' ')[0]} ${to}`)
      const elsewhere = rows.filter((row) => row.endsWith(' OPEN') || row.endsWith(' DISCONNECTED'))
      expect(rows.filter((row) => !walked.has(row) && !elsewhere.includes(row))).to.be.empty
    },
  )

  it('HS-4 HS-7 HS-8 HS-12 agree on the token, move by the tables, and find each other again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const run = new Run()
        for (const each of steps) run.step(each)
        run.cutAll()
        run.connect()
        run.world.settle()
        run.check()
        const { client, clientLog, sessions } = run.world
        expect(client.status, 'found again').to.equal(STATUS.CONNECTED)
        const session = sessions.get(sha256(client.token ?? ''))
        expect(session?.status).to.equal(STATUS.CONNECTED)
        expect(session?.current).to.equal(client.current?.socket)

        let status: Status = STATUS.OPEN
        for (const output of clientLog) {
          if (output.do !== 'status') continue
          walked.add(`${statusName(status)} ${statusName(output.status)}`)
          expect(followsTable(CLIENT_LIFE, status, output.status), `${status} to ${output.status}`).to.equal(
            true,
          )
          status = output.status
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('HS-10 an end that was heard is final on both sides', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const run = new Run()
        for (const each of steps) run.step(each)
        const { world } = run
        run.cutAll()
        run.connect()
        world.settle()
        const { token = '' } = world.client
        world.disconnectClient()
        world.settle()
        expect(world.client.status).to.equal(STATUS.DISCONNECTED)
        expect(world.ended).to.include(sha256(token))
        expect(world.sessions.has(sha256(token))).to.equal(false)
        for (const each of steps) run.step(each)
        expect(world.client.status).to.equal(STATUS.DISCONNECTED)
      }),
      { numRuns: RUNS / 4 },
    )
  })
})
