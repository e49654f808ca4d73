import {
  type Channel,
  createChannel,
  DATA,
  type OutgoingFrame,
  SessionChannel,
} from '@socket-star/protocol/channel'
import {
  Conduit,
  type ConduitLink,
  type ConduitOwner,
  type Encoded,
  type Flushable,
  PAYLOAD_MEASURE,
} from '@socket-star/protocol/session'
import { expect } from 'chai'

const MESSAGE = '["said"]'

const OWNER: ConduitOwner<ConduitLink> = {
  message: () => undefined,
  event() {},
  acknowledged() {},
  lose() {},
  deadline: () => Infinity,
  wake() {},
}

type ClientChannel = SessionChannel<Encoded>

/** A socket to a client that takes everything at once, and says when it holds more than it should. */
class FakeLink implements ConduitLink {
  backedUp = false
  frames = 0
  /** Those with messages. */
  written = 0
  waiting: (() => void) | undefined
  readonly #client: ClientChannel
  readonly #hear: () => void

  constructor(client: ClientChannel, hear: () => void) {
    this.#client = client
    this.#hear = hear
    client.attach({ id: this })
  }

  write(frame: OutgoingFrame<Encoded>): void {
    this.frames += 1
    if (frame.seq > 0 && frame.kind === DATA) this.written += 1
    this.#client.receive(this, frame, 0)
    for (let each = this.#client.next(); each; each = this.#client.next()) this.#client.consume(each)
    this.#hear()
  }

  onDrain(callback: () => void): void {
    this.waiting = callback
  }

  /** It may have sent something. */
  drains(): void {
    const { waiting } = this
    this.waiting = undefined
    waiting?.()
  }

  carry(): void {}
  heard(): void {}
  outstanding(): void {}
  deadline = (): number => Infinity
  timeout(): undefined {}
}

describe('a conduit', () => {
  let conduit: Conduit<FakeLink, Channel<Encoded>>
  let client: ClientChannel
  let link: FakeLink
  let waiting: Flushable | undefined
  /** The end of a turn. */
  const endTurn = (): void => {
    for (let next = waiting; next; next = waiting) {
      waiting = undefined
      next.flush(0)
    }
  }

  /** What the client says, on whichever socket. */
  const answer = (): void => {
    for (let frame = client.pull(0); frame; frame = client.pull(0)) {
      conduit.channel.receive(frame.path, frame, 0)
    }
  }
  const connection = (): FakeLink => new FakeLink(client, answer)

  beforeEach(() => {
    const channel = createChannel<Encoded>({ measure: PAYLOAD_MEASURE, welcome: 'sends' })
    const turn = {
      add(flushable: Flushable) {
        waiting = flushable
      },
    }
    conduit = new Conduit<FakeLink, Channel<Encoded>>(OWNER, { by() {}, forget() {} }, turn, channel)
    // each message has a frame of its own
    conduit.limitFrames(4)
    client = new SessionChannel(PAYLOAD_MEASURE)
    link = connection()
    conduit.attach(link, 0)
    channel.welcome('{}')
    answer()
    endTurn()
  })

  const say = (times: number): void => {
    for (let n = 0; n < times; n++) conduit.send(MESSAGE)
    endTurn()
  }

  it('gives a socket that is backed up eight frames at most, in however many turns', () => {
    say(3)
    expect(link.written).to.equal(3)
    link.backedUp = true
    for (let n = 0; n < 20; n++) say(1)
    const before = link.written
    expect(before).to.be.within(3, 3 + 8)
    say(20)
    expect(link.written).to.equal(before)
    expect(link.waiting).not.to.equal(undefined)
    // it may have sent something, and still holds too much
    link.drains()
    endTurn()
    expect(link.written).to.equal(before)
    link.backedUp = false
    link.drains()
    expect(link.waiting).to.equal(undefined)
    endTurn()
    expect(link.written).to.equal(43)
  })

  it('looks at a socket first when that takes the session over', () => {
    say(3)
    const next = connection()
    next.backedUp = true
    conduit.detach(link, 0)
    conduit.attach(next, 0)
    say(5)
    expect(next.frames).to.equal(0)
  })

  it('HS-16 goes back to an older socket that lives when the one that carries the session is gone', () => {
    const next = connection()
    conduit.attach(next, 0)
    answer()
    endTurn()
    say(1)
    expect([link.written, next.written]).to.deep.equal([0, 1])
    conduit.detach(next, 0)
    client.detach(next)
    expect(conduit.current).to.equal(link)
    say(2)
    // the first was not acknowledged, and is sent again
    expect([link.written, next.written]).to.deep.equal([3, 1])
    expect(client.received).to.equal(3)
    conduit.detach(link, 0)
    expect(conduit.current).to.equal(undefined)
  })

  it('SES-9 waits for an answer until it is welcomed, though it has sent no message', () => {
    const said: boolean[] = []
    const path: ConduitLink = {
      backedUp: false,
      onDrain() {},
      write: (frame) => server.receive('path', frame, 0),
      carry() {},
      heard() {},
      outstanding: (_, is) => said.push(is),
      deadline: () => Infinity,
      timeout: () => undefined,
    }
    const server = createChannel<Encoded>({ measure: PAYLOAD_MEASURE, welcome: 'sends' })
    server.attach({ id: 'path' })
    const newcomer = new Conduit<ConduitLink>(
      OWNER,
      { by() {}, forget() {} },
      { add() {} },
      new SessionChannel(PAYLOAD_MEASURE),
    )
    newcomer.attach(path, 0)
    newcomer.flush(0)
    expect(said).to.deep.equal([true])
    server.welcome('{}')
    for (let frame = server.pull(0); frame; frame = server.pull(0)) newcomer.channel.receive(path, frame, 0)
    newcomer.pump()
    newcomer.flush(0)
    expect(said).to.deep.equal([true, false])
  })
})
