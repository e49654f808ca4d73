import { expect } from 'chai'
import fc from 'fast-check'
import { countArguments } from '../../src/security/packet-guard.ts'
import { Host, nextEvent, request } from '../support/host.ts'
import { joinedPeer } from '../support/pair.ts'

describe('LIM-5 the packet guard', () => {
  let host: Host
  beforeEach(async () => {
    host = await Host.start()
  })
  afterEach(() => host.close())

  it('LIM-5 closes a connection whose packet would overflow the stack, and the server goes on', async () => {
    const bystander = await joinedPeer(host)
    const attacker = await host.connect()
    const closed = nextEvent(attacker, 'disconnect')
    attacker.io.engine.write(`42["ss-join"${',0'.repeat(200_000)}]`)
    expect((await closed)[0]).to.equal('transport close')
    expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
    expect((await request(bystander.socket, 'ss-watch'))[0]).to.equal(null)
  })

  it('LIM-5 guards acknowledgements too', async () => {
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    // the namespace's first request to a client has the id 0
    to.socket.on('ss-incomming', () => to.socket.io.engine.write(`430[${'0,'.repeat(300_000)}0]`))
    const closed = nextEvent(to.socket, 'disconnect')
    from.socket.emit('ss-dial', from.address, to.address, 'a', () => {})
    expect((await closed)[0]).to.equal('transport close')
    expect((await request(from.socket, 'ss-watch'))[0]).to.equal(null)
  })

  it('LIM-5 lets large packets of few arguments pass', async () => {
    host.io.of('/').on('connection', (socket) => {
      socket.on('big', (list: unknown[], text: string, reply: (n: number, m: number) => void) => {
        reply(list.length, text.length)
      })
    })
    const plain = await host.connect()
    const answer = await request(plain, 'big', new Array(200_000).fill(0), ',"\\[{'.repeat(20_000))
    expect(answer).to.deep.equal([200_000, 100_000])
  })

  it('LIM-5 counts the arguments that JSON has, whatever is in them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        (args, limit) => {
          const packet = `2/names,12${JSON.stringify(args)}`
          expect(countArguments(packet, limit)).to.equal(Math.min(args.length, limit + 1))
        },
      ),
    )
  })

  it('LIM-5 comes to an end on what is no JSON at all', () => {
    for (const packet of ['', '2', '2[', '2["', '2["\\', '2["\\"', '2]],,,[', '2[,,,']) {
      expect(countArguments(packet, 10)).to.be.at.most(11)
    }
  })
})
