import { isStarError } from '@socket-star/protocol'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import { Scene } from './scene.ts'
import type { End } from './traffic.ts'
import { until } from './until.ts'

/** What Socket.IO takes by default, less what a frame needs beside its message. */
const LARGEST_BYTES = 1_000_000 - 1_024
/** A search for the largest text ends so near to it. */
const NEAR_CHARACTERS = 32
const SLOW_BYTES_PER_SECOND = 1_000_000 / 8

describe('limits of a session, on one connection', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = await Scene.open()
  })
  afterEach(async () => {
    try {
      expect(scene.proxy.accepted).to.equal(1)
      expect([scene.star.isConnected(), scene.renewals]).to.deep.equal([true, []])
    } finally {
      await scene.close()
    }
  })

  /** Both directions: who emits, who listens. */
  const ways = (): [string, End & Pick<Session, 'flush'>, End][] => {
    const session = scene.site.session as Session
    return [
      ['up', scene.star, session],
      ['down', session, scene.star],
    ]
  }

  it('CH-3 1,200 messages of 1 kB in one turn arrive, both ways', async () => {
    const text = 'x'.repeat(1_000)
    const heard: Record<string, number[]> = { up: [], down: [] }
    for (const [name, from, to] of ways()) {
      to.on('kilobyte', ((n: number, body: string) => {
        if (body === text) heard[name]?.push(n)
      }) as (...args: never[]) => void)
      for (let n = 0; n < 1_200; n++) from.emit('kilobyte', n, text)
    }
    await until(() => heard.up?.length === 1_200 && heard.down?.length === 1_200)
    const numbers = Array.from({ length: 1_200 }, (_, n) => n)
    expect(heard).to.deep.equal({ up: numbers, down: numbers })
  })

  it('CH-3 11 messages with a Buffer each in one turn arrive, more than one packet of Socket.IO carries', async () => {
    const heard: Record<string, unknown[]> = { up: [], down: [] }
    for (const [name, from, to] of ways()) {
      to.on('bytes', ((bytes: Uint8Array) => heard[name]?.push([...bytes])) as (...args: never[]) => void)
      for (let n = 0; n < 11; n++) from.emit('bytes', Buffer.from([n, 255 - n]))
    }
    await until(() => heard.up?.length === 11 && heard.down?.length === 11)
    const all = Array.from({ length: 11 }, (_, n) => [n, 255 - n])
    expect(heard).to.deep.equal({ up: all, down: all })
  })

  it('SES-12 a message with 10 Buffers arrives, one with 11 throws and takes no number', async () => {
    for (const [, from, to] of ways()) {
      const ten = Array.from({ length: 10 }, (_, n) => Buffer.from([n]))
      expect(codeOf(() => from.emit('many', [...ten, Buffer.from('x')]))).to.equal('ERR_TOO_LARGE')
      const heard: unknown[][] = []
      to.on('many', ((list: unknown[]) => heard.push(list)) as (...args: never[]) => void)
      from.emit('many', ten)
      await until(() => heard.length === 1)
      expect(heard[0]?.map((each) => [...(each as Uint8Array)])).to.deep.equal(ten.map((each) => [...each]))
    }
  })

  it(`SES-12 a message of exactly ${LARGEST_BYTES} bytes arrives, one of a byte more throws and takes no number`, async () => {
    // counted as it stands in Socket.IO's packet: a JSON text within JSON
    const overhead = JSON.stringify(JSON.stringify(['large', ''])).length
    for (const [, from, to] of ways()) {
      const text = 'x'.repeat(LARGEST_BYTES - overhead)
      const heard: number[] = []
      to.on('large', ((body: string) => heard.push(body.length)) as (...args: never[]) => void)
      expect(codeOf(() => from.emit('large', `${text}x`))).to.equal('ERR_TOO_LARGE')
      from.emit('large', text)
      from.emit('large', 'after it')
      await until(() => heard.length === 2)
      expect(heard).to.deep.equal([text.length, 8])
    }
  })

  // each of these takes more bytes on the wire than it has characters
  for (const [name, unit] of Object.entries({
    quotes: '"',
    'two bytes': 'é',
    'four bytes': '😀',
    'lone surrogates': '\ud800',
  })) {
    it(`SES-12 whatever is accepted arrives: the largest text of ${name}`, async () => {
      for (const [, from, to] of ways()) {
        const heard: number[] = []
        to.on('text', ((body: string) => heard.push(body.length)) as (...args: never[]) => void)
        const accepted: number[] = []
        let [fits, tooMany] = [LARGEST_BYTES / 16, LARGEST_BYTES]
        while (tooMany - fits > NEAR_CHARACTERS) {
          const count = Math.floor((fits + tooMany) / 2)
          if (codeOf(() => from.emit('text', unit.repeat(count))) === undefined) {
            accepted.push(count * unit.length)
            fits = count
          } else tooMany = count
          await from.flush()
        }
        await until(() => heard.length === accepted.length)
        expect(heard).to.deep.equal(accepted)
        // at least what a packet of Socket.IO could carry, were all of it escaped twice
        expect(fits).to.be.at.least(LARGEST_BYTES / 10)
      }
    })
  }

  it('SES-9 900 kB on a link of 1 Mbit/s each way arrive: bytes that move are a sign of life', async () => {
    const [connection] = scene.proxy.connections
    for (const link of [connection?.up, connection?.down]) {
      if (link !== undefined) link.weather.bytesPerSecond = SLOW_BYTES_PER_SECOND
    }
    const text = 'x'.repeat(900_000)
    const heard: string[] = []
    const start = performance.now()
    for (const [name, from, to] of ways()) {
      to.on('slow', ((body: string) => heard.push(`${name} ${body.length}`)) as (...args: never[]) => void)
      from.emit('slow', text)
    }
    await until(() => heard.length === 2, 20_000)
    expect(heard).to.have.members(['up 900000', 'down 900000'])
    expect(performance.now() - start).to.be.above((1_000 * text.length) / SLOW_BYTES_PER_SECOND - 100)
    await Promise.all(ways().map(([, from]) => from.flush()))
  }).timeout(30_000)
})

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return isStarError(error) ? error.code : String(error)
  }
}
