import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import type { Connection } from './proxy.ts'
import { Scene } from './scene.ts'
import { atTheTurn, until } from './until.ts'

/** Each way. `NETWORK_MESSAGES`, `NETWORK_CUTS` and `NETWORK_SEED` make other runs. */
const MESSAGES = Number(process.env.NETWORK_MESSAGES ?? 100_000)
const CUTS = Number(process.env.NETWORK_CUTS ?? 200)
const SEED = Number(process.env.NETWORK_SEED ?? 1)
const BUSY_CUTS = CUTS / 4
/** How many of the cuts fall into the handshake after another one. */
const HANDSHAKE_CUTS = 0.25
/** How long a cut waits for a moment with bytes under way both ways, in milliseconds. */
const MOMENT_MS = 250
const CYCLE = { minMs: 200, maxMs: 200 }
/** A connection that is cut earlier is never old enough to cycle: both at once have to be about as often. */
const CYCLE_BETWEEN_CUTS = { minMs: 5, maxMs: 15 }
const LONGEST_BETWEEN_CUTS_MS = 60
/** How long the run that only cycles takes, in milliseconds. */
const CYCLING_MS = 5_000
const RESTARTS = 3
const MESSAGES_A_RESTART = 10_000
const PATIENCE_MS = 20_000
const LIMIT_MS = 60_000 + 1_000 * CUTS

describe(`sessions over a bad network, seed ${SEED}`, function () {
  this.timeout(LIMIT_MS)
  let scene: Scene | undefined
  let directory: string | undefined
  afterEach(async () => {
    await scene?.close()
    scene = undefined
    if (directory !== undefined) rmSync(directory, { recursive: true })
    directory = undefined
  })

  it(`CH-1 SES-6 ${MESSAGES} messages each way over ${CUTS} cuts: none lost, doubled or out of order`, async () => {
    scene = await Scene.open({ seed: SEED })
    const busy = await cutOften(scene, ([connection]) => [connection])
    await scene.expectSound(MESSAGES)
    expect(busy).to.be.at.least(BUSY_CUTS)
    await scene.expectNothingLeft()
  })

  it(`SES-17 CH-12 ${MESSAGES} messages each way while the client cycles every ${CYCLE.minMs} ms`, async () => {
    scene = await Scene.open({ seed: SEED, wrap: { cycle: CYCLE } })
    await flow(scene, MESSAGES, CYCLING_MS)
    await scene.expectSound(MESSAGES)
    expect(scene.cycles).to.be.at.least(CYCLING_MS / CYCLE.minMs / 2)
    await scene.expectNothingLeft()
  })

  it(`SES-17 CH-12 ${MESSAGES} messages each way over ${CUTS} cuts of a client that cycles`, async () => {
    scene = await Scene.open({ seed: SEED, wrap: { cycle: CYCLE_BETWEEN_CUTS } })
    const random = new Random(SEED)
    const which = (connections: Some) => (random.chance(0.3) ? connections : [random.pick(connections)])
    const busy = await cutOften(scene, which, LONGEST_BETWEEN_CUTS_MS)
    await scene.expectSound(MESSAGES)
    expect(scene.cycles).to.be.at.least(BUSY_CUTS)
    expect(busy).to.be.at.least(BUSY_CUTS)
    await scene.expectNothingLeft()
  })

  it(`CH-15 HS-17 ${RESTARTS} graceful restarts with a state file, under load`, async () => {
    directory = mkdtempSync(join(tmpdir(), 'star-network-'))
    scene = await Scene.open({ seed: SEED, site: { sessions: { stateFile: join(directory, 'state') } } })
    const { traffic, star } = scene
    const { id } = star
    for (let restarts = 1; restarts <= RESTARTS; restarts++) {
      const goal = restarts * MESSAGES_A_RESTART
      const flowing = flow(scene, goal, 500)
      await until(
        () => traffic.received > goal - MESSAGES_A_RESTART / 2 && star.bufferedAmount > 0,
        PATIENCE_MS,
      )
      await scene.restart()
      await flowing
    }
    await scene.expectSound(RESTARTS * MESSAGES_A_RESTART)
    expect(star.id).to.equal(id)
    expect(scene.site.starts).to.deep.equal([{ cause: 'restored' }])
    await scene.expectNothingLeft()
  })
})

/** Lets messages go evenly, up to that one, in about that time. */
async function flow({ traffic }: Scene, messages: number, ms: number): Promise<void> {
  const already = traffic.up.allowed
  const start = performance.now()
  traffic.start()
  for (let part = 0; part < 1; part = (performance.now() - start) / ms) {
    traffic.allow(Math.floor(already + part * (messages - already)))
    await sleep(2)
  }
  traffic.allow(messages)
}

type Some = readonly [Connection, ...Connection[]]

/**
 * Runs all messages, and cuts as often as there are to be, at moments of the
 * seed's choice. Returns how many cuts hit data under way both ways.
 */
async function cutOften(
  { traffic, proxy }: Scene,
  which: (connections: Some) => readonly Connection[],
  longestBetweenMs = 0,
): Promise<number> {
  const random = new Random(SEED)
  const each = MESSAGES / CUTS
  let busy = 0
  traffic.start()
  for (let cuts = 1; cuts <= CUTS; cuts++) {
    const goal = Math.floor(cuts * each)
    const { up, down } = traffic
    await sleep(random.int(0, longestBetweenMs))
    const [ups, downs] = [up.received, down.received]
    if (random.chance(HANDSHAKE_CUTS)) {
      const { accepted } = proxy
      for (const connection of proxy.connections) connection.cut()
      // some are emitted while there is no connection
      traffic.allow(goal)
      await until(() => proxy.accepted > accepted, PATIENCE_MS)
      await sleep(random.int(0, 4))
    } else {
      traffic.allow(goal - Math.ceil(each * 0.9))
      await until(
        () => up.received > ups && down.received > downs && proxy.connections.length > 0,
        PATIENCE_MS,
      )
      traffic.allow(goal)
      for (const connection of proxy.connections) connection.slow(random.int(2, 8))
      let turns = random.int(1, 3)
      await atTheTurn(() => proxy.connections.some((one) => one.busy) && --turns <= 0, MOMENT_MS)
    }
    const [first, ...rest] = proxy.connections
    const chosen = first === undefined ? [] : which([first, ...rest])
    if (chosen.some((connection) => connection.busy)) busy += 1
    for (const connection of chosen) connection.cut()
  }
  return busy
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
