import { randomBytes } from 'node:crypto'
import { joinStar, wrap } from '@socket-star/client'
import { toAsyncDuplex } from '@socket-star/pull-stream/async-iterable'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { Scene } from './scene.ts'

/** The system takes a file of this size at once; it is then seconds on its way, and no byte is seen to move. */
const FILE_BYTES = 2_000_000
const CHUNK_BYTES = 65_536
const BYTES_PER_SECOND = 500_000
/** The relay gives a sign of life once a second. */
const SESSIONS = { answerMs: 1_600 }
const TALK_MS = 100

describe('a file that a peer sends over a slow network, beside a session that talks', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = await Scene.open({ wrap: SESSIONS, site: { sessions: SESSIONS } })
  })
  afterEach(() => scene.close())

  it('PS-36 SES-9 arrives whole, and the connection stays: what the session says waits behind it, and is not silence', async () => {
    const { star, proxy, site, traffic } = scene
    const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    const far = wrap(io(`http://127.0.0.1:${site.port}`, { transports: ['websocket'], forceNew: true }))
    const reader = await joinStar(far, `${address(site.port)}/p2p/${READER}`, { allowNoChallenge: true })
    const writer = await joinStar(star, `${address(site.port)}/p2p/${WRITER}`, { allowNoChallenge: true })
    const statuses: unknown[] = []
    star.on('status', (status) => statuses.push(status))
    const arriving = new Promise<Uint8Array[]>((resolve, reject) => {
      reader.on('stream', (stream) => all(toAsyncDuplex(stream).source).then(resolve, reject))
    })
    const { sink } = toAsyncDuplex(await writer.dial(reader.address))
    const file = randomBytes(FILE_BYTES)
    for (const { up } of proxy.connections) up.weather.bytesPerSecond = BYTES_PER_SECOND
    const talk = setInterval(() => traffic.once(), TALK_MS)
    const sent = sink(chunks(file))
    const arrived = await arriving.finally(() => clearInterval(talk))
    await sent
    expect(Buffer.concat(arrived).equals(file)).to.equal(true)
    expect(statuses).to.deep.equal([])
    await Promise.all([writer.leave(), reader.leave()])
    far.disconnect()
  }).timeout(20_000)
})

const WRITER = 'QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSooo2d'
const READER = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'

function* chunks(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
