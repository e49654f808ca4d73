/**
 * The dop documents, step by step, with their own tokens. Both sides' status
 * and tokens are those that the documents list; where the two documents differ
 * the second one holds. Deviations: `001` names a status PRECONNECTING and
 * shows RECONNECTING again after it when a reconnection fails; the client
 * cannot know which case it is in, so PRECONNECTED holds from the remote token
 * on.
 */
import { STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { DopWorld, type View } from './dop-world.ts'

const { OPEN, PRECONNECTED, CONNECTED, RECONNECTING, DISCONNECTED } = STATUS

/** Compares what a document lists of a node, and nothing else. */
function shows(view: View, listed: Partial<View>): void {
  for (const key of Object.keys(listed) as (keyof View)[]) expect(view[key], key).to.equal(listed[key])
}

function connected(): DopWorld {
  const world = new DopWorld({ client: 'BBBB', server: ['AAAA', 'CCCC'] })
  world.connect(1)
  world.settle()
  return world
}

describe('the dop documents', () => {
  it('HS-1 numbers the statuses as the documents do', () => {
    expect([OPEN, PRECONNECTED, CONNECTED, RECONNECTING, DISCONNECTED]).to.deep.equal([0, 1, 2, 3, 4])
  })

  it('HS-4 000 and 001: connection', () => {
    const world = new DopWorld({ client: 'BBBB', server: ['AAAA'] })
    world.connect(1)
    shows(world.socketView(1), { status: OPEN, local: 'AAAA', remote: undefined, token: undefined })
    shows(world.clientView, { status: OPEN, local: 'BBBB', remote: undefined, token: undefined })

    expect(world.toServer(1)).to.equal('BBBB')
    expect(world.toClient(1)).to.equal('AAAA')
    shows(world.socketView(1), { status: PRECONNECTED, local: 'AAAA', remote: 'BBBB', token: undefined })
    shows(world.clientView, { status: PRECONNECTED, local: 'BBBB', remote: 'AAAA', token: undefined })
    expect(world.sessionStatus('AAAABBBB')).to.equal(PRECONNECTED)

    expect(world.toClient(1)).to.equal('AAAA')
    expect(world.toServer(1)).to.equal('BBBB')
    shows(world.socketView(1), { status: CONNECTED, token: 'AAAABBBB', local: 'AAAA', remote: 'BBBB' })
    shows(world.clientView, { status: CONNECTED, token: 'AAAABBBB', local: 'BBBB', remote: 'AAAA' })
    expect(world.sessionStatus('AAAABBBB')).to.equal(CONNECTED)
    expect(world.wire(1).toClient, 'nothing more is said').to.be.empty
    expect(world.wire(1).toServer, 'nothing more is said').to.be.empty
  })

  it('HS-4 comes to the same whoever is heard first', () => {
    for (const order of ['ccss', 'sscc', 'cscs', 'sccs', 'scsc', 'cssc']) {
      const world = new DopWorld({ client: 'BBBB', server: ['AAAA'] })
      world.connect(1)
      for (const side of order) {
        const { toClient, toServer } = world.wire(1)
        if (side === 'c' && toClient.length > 0) world.toClient(1)
        if (side === 's' && toServer.length > 0) world.toServer(1)
      }
      world.settle()
      shows(world.clientView, { status: CONNECTED, token: 'AAAABBBB' })
      shows(world.socketView(1), { status: CONNECTED, token: 'AAAABBBB' })
    }
  })

  it('HS-7 000 and 001: reconnection', () => {
    const world = connected()
    world.cut(1)
    world.connect(2)
    expect(world.sessionStatus('AAAABBBB'), 'SERVER1').to.equal(RECONNECTING)
    shows(world.socketView(2), { status: OPEN, local: 'CCCC' })
    shows(world.clientView, { status: RECONNECTING, token: 'AAAABBBB', local: 'BBBB' })
    expect(world.wire(2).toServer, 'the client shows its token after the server spoke').to.be.empty

    expect(world.toClient(2)).to.equal('CCCC')
    expect(world.sessionStatus('AAAABBBB'), 'SERVER1').to.equal(RECONNECTING)
    shows(world.socketView(2), { status: OPEN, local: 'CCCC' })
    shows(world.clientView, { status: PRECONNECTED, token: 'AAAABBBB', local: 'BBBB', remote: 'CCCC' })

    expect(world.toServer(2)).to.equal('AAAABBBB')
    expect(world.sessionStatus('AAAABBBB'), 'SERVER1').to.equal(CONNECTED)
    shows(world.socketView(2), { status: CONNECTED, token: 'AAAABBBB' })
    expect(world.sessions.size, 'SERVER2 is deleted').to.equal(1)
    shows(world.clientView, { status: PRECONNECTED, token: 'AAAABBBB', local: 'BBBB', remote: 'CCCC' })

    expect(world.toClient(2)).to.equal('AAAABBBB')
    expect(world.sessionStatus('AAAABBBB'), 'SERVER1').to.equal(CONNECTED)
    shows(world.clientView, { status: CONNECTED, token: 'AAAABBBB', local: 'BBBB', remote: 'CCCC' })
    expect(world.wire(2).toServer, 'one merged token resumes').to.be.empty
  })

  it('HS-8 HS-3 001: the reconnection fails and becomes a new connection', () => {
    const world = new DopWorld({ client: 'BBBB', server: ['AAAA', 'DDDD'] })
    world.connect(1)
    world.settle()
    world.cut(1)
    world.advance(120_000)
    expect(world.sessions.size, 'SERVER1 is deleted').to.equal(0)

    world.connect(3)
    shows(world.socketView(3), { status: OPEN, local: 'DDDD' })
    shows(world.clientView, { status: RECONNECTING, token: 'AAAABBBB' })

    world.slow = true
    expect(world.toClient(3)).to.equal('DDDD')
    expect(world.toServer(3)).to.equal('AAAABBBB')
    shows(world.socketView(3), { status: OPEN, local: 'DDDD', remote: 'AAAABBBB' })
    // deviation: the document still shows RECONNECTING here
    shows(world.clientView, { status: PRECONNECTED, remote: 'DDDD' })

    world.answer(3)
    shows(world.socketView(3), { status: PRECONNECTED, local: 'DDDD', remote: 'AAAABBBB' })
    shows(world.clientView, { status: PRECONNECTED, token: 'AAAABBBB', remote: 'DDDD' })

    expect(world.toClient(3)).to.equal('DDDD')
    shows(world.socketView(3), { status: PRECONNECTED, local: 'DDDD', remote: 'AAAABBBB' })
    shows(world.clientView, { status: CONNECTED, token: 'AAAADDDD' })

    expect(world.toServer(3)).to.equal('AAAABBBB')
    shows(world.socketView(3), { status: CONNECTED, token: 'AAAADDDD' })
    shows(world.clientView, { status: CONNECTED, token: 'AAAADDDD' })
    expect(world.sessionStatus('AAAADDDD')).to.equal(CONNECTED)
    expect(world.clientLog).to.deep.include({
      do: 'connected',
      socket: 3,
      how: 'renewed',
    })

    // 001 goes on: the formal disconnection
    world.disconnectClient()
    expect(world.toServer(3)).to.equal('AAAADDDD')
    shows(world.socketView(3), { status: DISCONNECTED, token: 'AAAADDDD' })
    expect(world.client.status).to.equal(DISCONNECTED)
    expect(world.serverLog).to.deep.include({ do: 'ended' })
    expect(world.clientLog).to.deep.include({ do: 'ended', by: 'local' })
  })

  it('HS-10 000: the client disconnects formally', () => {
    const world = connected()
    world.disconnectClient()
    expect(world.toServer(1)).to.equal('AAAABBBB')
    shows(world.socketView(1), { status: DISCONNECTED, token: 'AAAABBBB', local: 'AAAA', remote: 'BBBB' })
    shows(world.clientView, { status: DISCONNECTED })
    expect(world.wire(1).open, 'the socket is closed').to.equal(false)
  })

  it('HS-10 any node may disconnect: the server', () => {
    const world = connected()
    world.endServer(1)
    expect(world.toClient(1)).to.equal('AAAABBBB')
    shows(world.socketView(1), { status: DISCONNECTED, token: 'AAAABBBB' })
    shows(world.clientView, { status: DISCONNECTED })
    expect(world.clientLog).to.deep.include({ do: 'ended', by: 'remote' })
  })

  it('HS-10 both at once is no violation', () => {
    const world = connected()
    world.endServer(1)
    const token = world.wire(1).toClient.shift()
    world.disconnectClient()
    world.toServer(1)
    expect(world.client.receive(1, token)).to.be.empty
    expect(world.serverLog.filter((output) => output.do === 'refuse')).to.be.empty
    expect(world.client.status).to.equal(DISCONNECTED)
  })

  it('HS-10 what ended formally is not recovered', () => {
    const world = connected()
    world.endServer(1)
    const again = new DopWorld({ client: 'HHHH', server: ['CCCC'], resume: 'AAAABBBB' })
    for (const hash of world.ended) again.ended.add(hash)
    again.connect(2)
    again.settle()
    expect(again.client.status).to.equal(DISCONNECTED)
    expect(again.clientLog).to.deep.include({ do: 'ended', by: 'remote' })
    expect(again.sessions.size).to.equal(0)
  })
})
