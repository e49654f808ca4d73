import { wrap } from '@socket-star/client'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { realStar } from '../../packages/client/test/support/real-star.ts'
import { Examples, examplesOf, freePort } from './examples.ts'

const LISTENING = "\nio.httpServer.once('listening', () => console.log('listening'))"

describe('the examples of the READMEs', function () {
  this.timeout(60_000)
  const examples = new Examples()
  let port: number
  beforeEach(async () => {
    port = await freePort()
  })
  afterEach(() => examples.stop())

  it('give a server sessions, and a client one', async () => {
    const [server = '', client = ''] = examplesOf('README.md', 'js')
    await examples.run(server + LISTENING, port).prints(/listening/)
    const output = await examples.run(`${client}\nconsole.log('flushed')`, port).prints(/flushed/)
    expect(output)
      .to.include('hello Ada')
      .and.to.match(/^hello$/m)
  })

  it('start a server, and peers that find and dial each other on it', async () => {
    const [, , server = '', client = ''] = examplesOf('README.md', 'js')
    await examples.run(server + LISTENING, port).prints(/listening/)
    const dialled = client.replace('stream.sink(', "console.log('dialled by', from) ?? stream.sink(")
    const both = [examples.run(dialled, port), examples.run(dialled, port)]
    const met = /here is[\s\S]*dialled by|dialled by[\s\S]*here is/
    for (const output of await Promise.all(both.map((peer) => peer.prints(met))))
      expect(output).to.match(/here is \/dns4\/localhost\/tcp\/\d+\/ws\/p2p-websocket-star\/p2p\//)
  })

  it("add the middleware to a server of one's own", async () => {
    const [server = ''] = examplesOf('packages/server/README.md', 'ts')
    await examples.run(server, port).prints(new RegExp(`http://localhost:${port}`))
  })

  it('start a server from a program', async () => {
    const code = examplesOf('packages/server/README.md', 'js').find((js) => js.includes('createStarServer'))
    await examples.run(code ?? '', port).prints(new RegExp(`^http://127.0.0.1:${port}$`, 'm'))
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).to.equal(200)
  })

  it('use sessions on a server', async () => {
    const [server = ''] = examplesOf('packages/server/README.md', 'js')
    const running = examples.run(server, port)
    await running.prints(new RegExp(`http://localhost:${port}`))
    const [ada, bob] = [0, 1].map(() => wrap(io(`http://127.0.0.1:${port}`, { forceNew: true })))
    if (ada === undefined || bob === undefined) throw new Error('two clients were made')
    try {
      for (const client of [ada, bob]) expect(await client.emitWithAck('greet', 'Ada')).to.equal('hello Ada')
      const heard: string[] = []
      bob.on('chat', (text) => heard.push(`bob: ${text}`))
      const chat = new Promise((resolve) => ada.on('chat', resolve))
      bob.emit('chat', 'hi all')
      expect(await chat).to.equal('hi all')
      const { id } = bob
      bob.disconnect()
      await running.prints(new RegExp(`${id} client 0`))
      expect(heard).to.deep.equal([])
    } finally {
      ada.disconnect()
    }
  })

  it('cut the connection of a session, which goes on', async () => {
    const [session = ''] = examplesOf('packages/client/README.md', 'js')
    const output = await examples.run(session, port).ended
    const heard = [1, 2, 3, 4, 5, 6].map((n) => `the server heard ${n}`)
    const lines = output.match(/hello Ada|the server heard \d/g)
    expect(lines).to.deep.equal(['hello Ada', ...heard])
    expect(output).to.contain('resumed')
  })

  it('let two peers of one file meet', async () => {
    const [, peers = ''] = examplesOf('packages/client/README.md', 'js')
    const star = await realStar()
    try {
      const output = await examples.run(peers, star.port).ended
      expect(output).to.match(/dialled by \/ip4\//)
      expect(output).to.contain('echoed: hello')
      expect(output).to.contain('echoed: and goodbye')
    } finally {
      await star.close()
    }
  })

  it('send a stream from one client through a server to another', async () => {
    const [stream = ''] = examplesOf('packages/pull-stream/README.md', 'js')
    expect(await examples.run(stream, port).ended).to.equal('hello, world\n')
  })

  it('read and spell addresses, and tell errors apart', async () => {
    const [addresses = ''] = examplesOf('packages/protocol/README.md', 'js')
    const output = await examples.run(addresses, port).ended
    const said = [...addresses.matchAll(/console\.log\(.*\) \/\/ (\S+)$/gm)].map(([, text = '']) => text)
    expect(said).to.have.lengthOf(3)
    const lines = output.split('\n')
    for (const text of said)
      expect(
        lines.some((line) => line.startsWith(text.replace('…', ''))),
        text,
      ).to.equal(true)
    expect(output).to.match(/\/p2p-websocket-star\/ipfs\/Qm/)
  })
})
