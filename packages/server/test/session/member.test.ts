import { type Payload, parseMessage, type RoomPosition } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Link } from '../../src/session/link.ts'
import { Member } from '../../src/session/rooms/member.ts'
import type { SessionCore } from '../../src/session/session-core.ts'

const at = (offset: number): RoomPosition => ({ epoch: 'e', offset })
const link = (id: string) => ({ id, backedUp: false }) as unknown as Link

/** A session as far as its membership of a room looks into it. */
function scene() {
  const channel = { accepted: 0, sent: 0, acked: 0 }
  const told: number[] = []
  const conduit = { channel, current: undefined as Link | undefined, waits: false }
  const session = {
    conduit,
    scope: {},
    tellRoom: (message: Payload) => {
      const news = parseMessage(message)
      if (news.kind === 'room') told.push(news.offset)
      channel.accepted += 1
    },
  } as unknown as SessionCore
  return { channel, conduit, session, told }
}

describe('a member of a room', () => {
  const head =
    (offset: number) =>
    (_room: string, then: (position: RoomPosition) => void): void =>
      then(at(offset))

  it('ROOM-4 follows live on the socket on which it was told of the room, at once', () => {
    const { channel, conduit, session } = scene()
    conduit.current = link('one')
    const member = new Member(session, 'lobby', at(3))
    expect(member.ready(at(4), 0), 'not told yet').to.equal(undefined)
    channel.sent = 1
    expect(member.ready(at(4), 0)).to.equal(conduit.current)
    expect(member.ready(at(5), 0)).to.equal(conduit.current)
  })

  it('ROOM-6 one whose socket was cut before it knew of the room is told again where the log ends', () => {
    const { channel, conduit, session, told } = scene()
    conduit.current = link('one')
    const member = new Member(session, 'lobby', at(3))
    channel.sent = 1
    expect(member.ready(at(4), 0)).to.equal(conduit.current)
    // both were under way, and only what is in the Channel comes again
    conduit.current = link('two')
    expect(member.ready(at(5), 0), 'it does not know of the room').to.equal(undefined)
    channel.acked = 1
    member.catchUp(head(5))
    expect(told).to.deep.equal([3, 5])
    channel.sent = 2
    expect(member.ready(at(6), 0)).to.equal(conduit.current)
  })

  it('ROOM-6 the same when nothing more is said', () => {
    const { channel, conduit, session, told } = scene()
    conduit.current = link('one')
    const member = new Member(session, 'lobby', at(3))
    channel.sent = 1
    member.ready(at(4), 0)
    conduit.current = link('two')
    channel.acked = 1
    member.catchUp(head(4))
    expect(told).to.deep.equal([3, 4])
  })

  it('ROOM-4 what was acknowledged on an earlier socket is known on every one', () => {
    const { channel, conduit, session, told } = scene()
    const member = new Member(session, 'lobby', at(3))
    channel.sent = channel.acked = 1
    conduit.current = link('two')
    expect(member.ready(at(4), 0)).to.equal(conduit.current)
    conduit.current = link('three')
    expect(member.ready(at(5), 0)).to.equal(conduit.current)
    expect(told).to.deep.equal([3])
  })
})
