import { expect } from 'chai'
import fc from 'fast-check'
import { Model, type Shown } from './model.ts'
import { identity, keyOf, signed, World } from './world.ts'

const RUNS = 200
const CLIENTS = 3
const ADDRESSES = 3
const DIAL_IDS = 4
/** How long a hook may take, in milliseconds. */
const ADMISSION_MS = 10_000
/** What a turn of the world takes, in milliseconds. */
const TURN_MS = 5

type Command = fc.AsyncCommand<Model, World>

/** What one does on the model and on the server comes to the same; both are compared after each. */
function command(
  text: string,
  onModel: (model: Model) => void,
  onWorld: (world: World, model: Readonly<Model>) => void | Promise<void>,
  ms = TURN_MS,
): Command {
  return {
    check: () => true,
    toString: () => text,
    async run(model, world) {
      await onWorld(world, model)
      onModel(model)
      await world.pass(ms)
      model.pass(ms)
      compare(model, world)
    },
  }
}

function compare(model: Model, world: World): void {
  for (const [index, { addresses, expected }] of model.clients.entries()) {
    const { answers } = world.client(index)
    expect(answers.splice(0), `answers to client ${index}`).to.have.deep.members(expected.splice(0))
    expect([...addresses].every((address) => model.holders.get(address) === index)).to.equal(true)
  }
  expect(world.rendezvous.census(), 'who is there').to.include({
    peers: model.holders.size,
    sockets: model.clients.filter(({ addresses }) => addresses.size > 0).length,
  })
}

const client = fc.nat({ max: CLIENTS - 1 })
const address = fc.nat({ max: ADDRESSES - 1 })
const dialId = fc.nat({ max: DIAL_IDS - 1 }).map((n) => `dial${n}`)
const shown = fc.constantFrom<Shown>('key', 'signature', 'signature', 'nonsense')

const join = (who: number, where: number, what: Shown): Command =>
  command(
    `client ${who} joins ${where} with its ${what}`,
    (model) => model.join(who, where, what, `join ${++model.requests}`),
    async (world, model) => {
      const one = world.client(who)
      const peer = identity(where)
      const nonce = one.nonces.get(peer.address) ?? 'nothing'
      const data = { key: keyOf(peer), signature: await signed(peer, nonce), nonsense: 'abcd' }[what]
      one.ask(`join ${model.requests + 1}`, 'ss-join', peer.address, data)
    },
  )

const admit = (who: number): Command =>
  command(
    `client ${who} is let in`,
    (model) => model.admit(who),
    (world) => world.admit(who),
  )

/** Both of its requests, and somebody who lets it in. */
const prove = (who: number, where: number): Command => {
  const steps = [join(who, where, 'key'), admit(who), join(who, where, 'signature')]
  return {
    check: () => true,
    toString: () => `client ${who} proves ${where}`,
    run: async (model, world) => {
      for (const step of steps) await step.run(model, world)
    },
  }
}

const leave = (who: number, where: number): Command =>
  command(
    `client ${who} leaves ${where}`,
    (model) => model.leave(who, where),
    (world) => void world.client(who).socket.emit('ss-leave', identity(where).address),
  )

/** From the first address that it has, or from one that it has not. */
const dial = (who: number, otherwise: number, to: number, id: string): Command => {
  const from = (model: Readonly<Model>): number => [...model.client(who).addresses][0] ?? otherwise
  return command(
    `client ${who} dials ${to} as ${id}`,
    (model) => model.dial(who, from(model), to, id, `dial ${++model.requests}`),
    (world, model) => {
      const addresses = [from(model), to].map((index) => identity(index).address)
      world.client(who).ask(`dial ${model.requests + 1}`, 'ss-dial', ...addresses, id)
    },
  )
}

/** Also when it was answered before, or nobody waits any more. */
const answer = (who: number, id: string, code: 'ok' | 'ERR_DIAL_REFUSED'): Command =>
  command(
    `client ${who} answers ${id}: ${code}`,
    (model) => model.answer(who, id, code),
    (world) => world.client(who).incoming.get(id)?.(...(code === 'ok' ? [] : [code])),
  )

const commands = (asks: boolean) => [
  fc.tuple(client, address).map((all) => prove(...all)),
  fc.tuple(client, address).map((all) => prove(...all)),
  fc.tuple(client, address, shown).map((all) => join(...all)),
  fc.tuple(client, address).map((all) => leave(...all)),
  fc.tuple(client, address, address, dialId).map((all) => dial(...all)),
  fc.tuple(client, address, address, dialId).map((all) => dial(...all)),
  fc
    .tuple(client, dialId, fc.constantFrom('ok' as const, 'ERR_DIAL_REFUSED' as const))
    .map((all) => answer(...all)),
  client.map(admit),
  client.map((who) =>
    command(
      `client ${who} comes anew`,
      (model) => model.gone(who, asks),
      (world) => {
        const one = world.client(who)
        one.socket.disconnect()
        one.socket.connect()
        one.nonces.clear()
        one.incoming.clear()
        one.answers.length = 0
      },
    ),
  ),
  fc.constantFrom(4_000, 9_000, 29_000).map((ms) =>
    command(
      `${ms} ms pass`,
      () => {},
      () => {},
      ms,
    ),
  ),
]

describe('joins and dials beside a model', function () {
  this.timeout(120_000)

  for (const asks of [false, true]) {
    const about = asks ? 'where somebody is asked whom to let in' : 'where anybody is let in'
    it(`JOIN-5 JOIN-11 JOIN-14 JOIN-21 DIAL-3 DIAL-4 DIAL-7 DIAL-13 come to what the clauses say ${about}`, async () => {
      const property = fc.asyncProperty(
        fc.commands(commands(asks), { maxCommands: 40, size: 'max' }),
        async (all) => {
          let world: World | undefined
          const setup = async () => {
            world = new World(CLIENTS, asks)
            await world.pass()
            return { model: new Model(CLIENTS, asks), real: world }
          }
          await fc.asyncModelRun(setup, all)
          world?.rendezvous.close()
          // a hook that was asked is waited for, whoever has gone
          await world?.pass(ADMISSION_MS)
          expect(world?.timers, 'timers that are left').to.equal(0)
        },
      )
      await fc.assert(property, { seed: 1, numRuns: RUNS })
    })
  }
})
