import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import { TestProxy } from './proxy.ts'
import { until } from './until.ts'

describe('the proxy of the network tests', () => {
  let server: Server
  let proxy: TestProxy
  let client: Socket
  let accepted: Socket
  let heard: { client: string; server: string }
  let closed: string[]

  beforeEach(async () => {
    heard = { client: '', server: '' }
    closed = []
    server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    proxy = await TestProxy.to((server.address() as AddressInfo).port)
  })
  afterEach(async () => {
    client.destroy()
    accepted.destroy()
    await proxy.close()
    server.close()
  })

  async function open(): Promise<void> {
    client = connect(Number(new URL(proxy.url).port), '127.0.0.1')
    ;[accepted] = (await once(server, 'connection')) as [Socket]
    for (const [name, socket] of [
      ['client', client],
      ['server', accepted],
    ] as const) {
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        heard[name] += bytes.toString()
      })
      socket.on('close', () => closed.push(name))
    }
  }

  it('passes bytes on both ways', async () => {
    await open()
    client.write('up')
    accepted.write('down')
    await until(() => heard.server === 'up' && heard.client === 'down')
  })

  it('delays each byte, in order', async () => {
    proxy.weather.up.delayMs = 30
    await open()
    const start = performance.now()
    client.write('a')
    client.write('b')
    accepted.write('down')
    await until(() => heard.client === 'down')
    await until(() => heard.server === 'ab')
    expect(performance.now() - start).to.be.at.least(29)
  })

  it('limits the bandwidth, and makes a fast sender wait', async () => {
    proxy.weather.up.bytesPerSecond = 2_000_000
    await open()
    const start = performance.now()
    client.write('x'.repeat(400_000))
    let largest = 0
    await until(() => {
      largest = Math.max(largest, proxy.newest?.up.bytesInFlight ?? 0)
      return heard.server.length === 400_000
    })
    expect(performance.now() - start).to.be.within(190, 1_000)
    expect(largest).to.be.within(1, 200_000)
  })

  it('cuts: both sides see it, and what was under way is lost', async () => {
    proxy.weather.up.delayMs = proxy.weather.down.delayMs = 50
    await open()
    client.write('up')
    accepted.write('down')
    await until(() => proxy.newest?.busy === true)
    proxy.newest?.cut()
    await until(() => closed.length === 2)
    expect(heard).to.deep.equal({ client: '', server: '' })
    expect(proxy.connections).to.have.length(0)
  })

  it('stalls one direction or both, and nobody notices', async () => {
    await open()
    proxy.newest?.stall('up')
    client.write('lost')
    accepted.write('down')
    await until(() => heard.client === 'down')
    expect(heard.server).to.equal('')
    expect(closed).to.deep.equal([])
  })

  it('an end arrives behind what was sent before it, however long that takes, and can be lost like it', async () => {
    proxy.weather.down.delayMs = 50
    await open()
    accepted.end('last words')
    await until(() => closed.length === 2)
    expect(heard.client).to.equal('last words')

    await open()
    proxy.newest?.stall()
    closed = []
    accepted.destroy()
    await until(() => closed.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(closed).to.deep.equal(['server'])
  })

  it('half-opens: one side sees a break, the other goes on speaking to nobody', async () => {
    await open()
    proxy.newest?.halfOpen('server')
    await until(() => closed.length === 1)
    expect(closed).to.deep.equal(['server'])
    client.write('anybody?')
    expect(client.destroyed).to.equal(false)
    proxy.newest?.cut()
    await until(() => closed.length === 2)
  })
})
