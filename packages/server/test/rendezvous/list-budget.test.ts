import { expect } from 'chai'
import { LIST_PATIENCE_MS, ListBudget } from '../../src/rendezvous/list-budget.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { codeOf, Host, request, until } from '../support/host.ts'

const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`

describe('the budget of peer lists', () => {
  let environment: FakeEnvironment
  let unsent: Map<string, number>
  let taken: Map<string, number>
  let stuck: string[]
  let budget: ListBudget<string>

  beforeEach(() => {
    environment = new FakeEnvironment()
    unsent = new Map()
    taken = new Map()
    stuck = []
    budget = new ListBudget({
      maxBytes: 1000,
      now: () => environment.now(),
      unsentBytes: (member) => unsent.get(member) ?? 0,
      takenBytes: (member) => taken.get(member) ?? 0,
      onStuck: (member) => {
        stuck.push(member)
        budget.delete(member)
      },
    })
  })

  /** Something else is written to a socket. */
  const write = (member: string, bytes: number): void => {
    unsent.set(member, (unsent.get(member) ?? 0) + bytes)
  }
  /** The system takes so much of what waits on a socket. */
  const take = (member: string, bytes: number): void => {
    write(member, -bytes)
    taken.set(member, (taken.get(member) ?? 0) + bytes)
  }
  const send = (member: string, bytes: number, atOnce = 0): boolean => {
    if (!budget.allows(bytes)) return false
    write(member, bytes)
    take(member, atOnce)
    budget.sent(member, bytes)
    return true
  }

  it('LIM-7 is full at its limit, and has room again when lists were read or their sockets are gone', () => {
    expect([send('a', 500), send('b', 500), send('c', 1)]).to.deep.equal([true, true, false])
    take('a', 400)
    environment.advance(100)
    expect([send('c', 401), send('c', 400)]).to.deep.equal([false, true])
    budget.delete('b')
    expect(send('d', 500)).to.equal(true)
    expect(stuck).to.deep.equal([])
  })

  it('LIM-7 takes no account of what was sent at once, nor of what came before or later', () => {
    for (let n = 0; n < 10; n += 1) expect(send(`quick ${n}`, 900, 900)).to.equal(true)
    write('a', 5000)
    expect(send('a', 600)).to.equal(true)
    write('a', 5000)
    environment.advance(100)
    expect([send('b', 401), send('b', 400)]).to.deep.equal([false, true])
    // all of the list, and the last that waits is not of it
    take('a', 5600)
    environment.advance(LIST_PATIENCE_MS)
    expect([send('c', 1000), send('c', 600)]).to.deep.equal([true, false])
    expect(stuck).to.deep.equal(['b'])
  })

  it('LIM-7 DISC-16 counts what waits of earlier lists of a socket, whatever is sent behind them', () => {
    expect(send('a', 600)).to.equal(true)
    environment.advance(LIST_PATIENCE_MS - 1)
    // nothing changed since, and then something
    expect([send('a', 0), send('a', 100)]).to.deep.equal([true, true])
    expect([send('b', 301), send('b', 300)]).to.deep.equal([false, true])
    environment.advance(1)
    expect(send('c', 100)).to.equal(false)
    environment.advance(100)
    expect(send('c', 100)).to.equal(true)
    expect(stuck).to.deep.equal(['a'])
  })

  it('LIM-7 has patience with each list from when it was sent, whatever else waits', () => {
    // one that was read long ago, but nobody looked
    send('a', 600)
    take('a', 600)
    environment.advance(LIST_PATIENCE_MS * 100)
    write('a', 50)
    expect(send('a', 300)).to.equal(true)
    environment.advance(LIST_PATIENCE_MS - 1)
    expect(send('b', 701)).to.equal(false)
    // another one behind it, which waits for itself once the first was read
    expect(send('a', 300)).to.equal(true)
    take('a', 350)
    environment.advance(LIST_PATIENCE_MS - 1)
    expect(send('b', 701)).to.equal(false)
    expect(stuck).to.deep.equal([])
    environment.advance(100)
    expect(send('b', 701)).to.equal(true)
    expect(stuck).to.deep.equal(['a'])
  })

  it('LIM-7 lets one list through that is larger than all of it', () => {
    expect([send('a', 5000), send('b', 1)]).to.deep.equal([true, false])
  })

  it('LIM-7 loses patience only where others wait, and then makes room', () => {
    send('a', 600)
    environment.advance(LIST_PATIENCE_MS * 2)
    expect(stuck).to.deep.equal([])
    expect(send('b', 600)).to.equal(true)
    expect(stuck).to.deep.equal(['a'])
  })
})

describe('sockets that ask for the list and do not read it', () => {
  it('LIM-7 leave a bounded amount waiting, and lose their places when others need them', async () => {
    const environment = new FakeEnvironment()
    const host = await Host.start({
      star: { challenge: false, quotas: { peerListBytes: 12_000 }, environment },
      io: { pingTimeout: 60_000 },
    })
    const crowd = await host.connect()
    for (let n = 1; n <= 12; n += 1) {
      await request(crowd, 'ss-join', `/dns4/${'x'.repeat(400)}${n}/tcp/1/ws/p2p-websocket-star`, '')
    }
    for (let n = 1; n <= 4; n += 1) {
      const silent = await Silent.connect(host.port)
      await silent.send(`421["ss-join","${address(n)}",""]`)
      await silent.send('422["ss-watch"]')
    }
    await until(() => Object.values(host.star.stats().drops).length > 0 || host.star.stats().watchers === 2)
    expect(host.star.stats().watchers).to.equal(2)
    expect(codeOf(await request(crowd, 'ss-watch'))).to.equal('ERR_QUOTA')
    environment.advance(LIST_PATIENCE_MS)
    expect((await request(crowd, 'ss-watch'))[0]).to.equal(null)
    expect(host.star.stats().drops).to.deep.equal({ lagging: 2 })
    expect(host.star.stats().watchers).to.equal(1)
    await host.close()
  })
})

/** A client on long-polling that sends and never fetches what waits for it. */
class Silent {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  static async connect(port: number): Promise<Silent> {
    const url = `http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`
    const opened = await (await fetch(url)).text()
    const silent = new Silent(`${url}&sid=${JSON.parse(opened.slice(1)).sid}`)
    await silent.send('40')
    return silent
  }

  async send(packet: string): Promise<void> {
    const { status } = await fetch(this.#url, { method: 'POST', body: packet })
    expect(status).to.equal(200)
  }
}
