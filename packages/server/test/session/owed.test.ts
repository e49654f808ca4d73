import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StarError } from '@socket-star/protocol'
import { DEFAULT_WINDOW_MESSAGES, OWED_MESSAGES } from '@socket-star/protocol/channel'
import { MESSAGE, type Payload } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Session } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { until } from '../support/host.ts'
import type { ScriptedClient } from './scripted-client.ts'
import { Stage } from './stage.ts'

const BACKLOG = 5
const WINDOW = 10
const REQUESTS = 3_000

/** A request, and what it is about. */
const request = (id: number, name = 'work'): Payload => [MESSAGE.REQUEST, id, name]

describe('what a session owes its client while the application has left it all that it may', () => {
  const stages: Stage[] = []
  let stage: Stage
  let client: ScriptedClient
  let session: Session
  const open = async (sessions: object = {}): Promise<Stage> => {
    const opened = await Stage.open({
      star: { sessions: { backlogMessages: BACKLOG, ...sessions }, log: SILENT_LOG },
    })
    stages.push(opened)
    return opened
  }
  const begin = async (sessions?: object): Promise<void> => {
    stage = await open(sessions)
    ;({ client, session } = await stage.pair())
    await session.flush()
  }
  afterEach(async () => {
    for (const each of stages.splice(0)) await each.close()
  })

  /** As much as there is room for. */
  const fill = (): void => {
    for (let n = 1; n <= BACKLOG; n++) session.emit('news', n)
    expect(() => session.emit('news', 0))
      .to.throw(StarError)
      .with.property('code', 'ERR_BACKLOG')
  }
  /** A member of a room goes away, and is left as much as there is room for. */
  const beginAway = async (room: string): Promise<void> => {
    await begin()
    session.join(room)
    await until(() => client.positions().has(room))
    await session.flush()
    await stage.cut({ client, session })
    fill()
  }
  const ends = () =>
    client.messages.flatMap((each) =>
      each.kind === 'response' ? [each.error ? each.error.code : each.args[0]] : [],
    )

  it('CH-11 SES-11 answers and failures are kept for a client that is away', async () => {
    await begin()
    const answers: ((text: unknown) => void)[] = []
    let fail = (_error: unknown): void => {}
    session.on('work', (answer) => void answers.push(answer))
    session.on('failing', () => new Promise((_, reject) => (fail = reject)))
    for (let id = 1; id <= 3; id++) client.say(request(id))
    client.say(request(4, 'failing'))
    await until(() => answers.length === 3)
    await client.flushed()
    await stage.cut({ client, session })
    fill()
    for (const [index, answer] of answers.entries()) answer(index)
    fail(new StarError('ERR_FORBIDDEN'))
    await client.resume()
    await until(() => ends().length === 4)
    expect(ends()).to.deep.equal([0, 1, 2, 'ERR_FORBIDDEN'])
    expect(client.events).to.have.length(BACKLOG)
    await session.flush()
    expect(session.emit('news', 'again')).to.equal(true)
  })

  it('CH-11 SES-11 past twice the bytes of a backlog an answer fails, for whoever gave it and whoever asked', async () => {
    await begin({ backlogMessages: 100, backlogBytes: 10_000 })
    const answers: ((text: unknown) => void)[] = []
    session.on('work', (answer) => void answers.push(answer))
    for (let id = 1; id <= 3; id++) client.say(request(id))
    await until(() => answers.length === 3)
    await client.flushed()
    await stage.cut({ client, session })
    const [first, second, third] = answers
    first?.('x'.repeat(9_900))
    second?.('y'.repeat(9_900))
    expect(() => third?.('z'.repeat(9_900)))
      .to.throw(StarError)
      .with.property('code', 'ERR_BACKLOG')
    expect(session.bufferedAmount).to.be.below(20_000)
    await client.resume()
    await until(() => ends().length === 3)
    expect(ends().map((end) => String(end).slice(0, 11))).to.deep.equal([
      'xxxxxxxxxxx',
      'yyyyyyyyyyy',
      'ERR_BACKLOG',
    ])
  })

  it('CH-9 CH-11 a client that takes no answers has no credit to ask for more, until it takes them', async () => {
    await begin({ windowMessages: WINDOW })
    let asked = 0
    session.on('work', () => {
      asked += 1
      throw new StarError('ERR_FORBIDDEN')
    })
    const { channel } = client
    const { next } = channel
    channel.next = () => undefined
    for (let id = 1; id <= REQUESTS; id++) client.say(request(id))
    // what its own window takes, what the application could have left waiting, and the server's window
    const most = DEFAULT_WINDOW_MESSAGES + BACKLOG + WINDOW + 1
    await until(() => asked > DEFAULT_WINDOW_MESSAGES)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(asked).to.be.at.most(most)
    channel.next = next
    client.flush()
    // what was consumed gives credit
    client.flush()
    await until(() => ends().length === REQUESTS)
    expect(asked).to.equal(REQUESTS)
  })

  it('CH-11 ROOM-3 a client hears of rooms that it was made a member of, and of those it left', async () => {
    await beginAway('old')
    session.leave('old')
    session.join(['lobby', 'news'])
    stage.host.star.to('lobby').emit('said', 1)
    await client.resume()
    await until(() => client.news.length === 1)
    expect([...client.positions().keys()]).to.deep.equal(['lobby', 'news'])
    stage.host.star.to('lobby').emit('said', 2)
    await until(() => client.news.length === 2)
  })

  it('CH-11 ROOM-6 a question about a room waits for room, and is answered', async () => {
    await beginAway('lobby')
    for (let n = 1; n <= 3; n++) stage.host.star.to('lobby').emit('said', n)
    await client.resume()
    await until(() => client.news.length === 3)
    expect(client.closes).to.deep.equal([])
    expect(client.sockets.size, 'connections').to.equal(2)
  })

  it('CH-11 HS-18 it goes where the session goes, and so do the answers that nobody can give any more', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'star-owed-'))
    const stateFile = join(directory, 'state')
    try {
      await begin({ stateFile })
      const answers: ((text: unknown) => void)[] = []
      session.on('work', (answer) => void answers.push(answer))
      for (let id = 1; id <= 3; id++) client.say(request(id))
      await until(() => answers.length === 3)
      await client.flushed()
      await stage.cut({ client, session })
      fill()
      answers[1]?.('in time')
      session.join('lobby')
      stage.host.star.close()
      const next = await open({ stateFile })
      client.moveTo(next.host)
      await client.resume()
      await until(() => ends().length === 3 && client.positions().has('lobby'))
      expect(ends()).to.deep.equal(['in time', 'ERR_INTERRUPTED', 'ERR_INTERRUPTED'])
      expect(next.starts).to.deep.equal([{ cause: 'restored' }])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('CH-11 an application that makes it owe without end loses the session, and is told so', async () => {
    await begin({ windowMessages: 16 })
    await stage.cut({ client, session })
    fill()
    let end: unknown
    session.on('end', (reason) => (end = reason))
    let turns = 0
    while (end === undefined && turns <= OWED_MESSAGES) {
      turns += 1
      session.leave('lobby')
      session.join('lobby')
    }
    expect(end).to.equal('state-lost')
    expect(turns).to.equal((OWED_MESSAGES + 16) / 2 + 1)
    // it was a join that was too much, and nobody is a member for it
    expect(stage.host.star.census()).to.include({ rooms: 0, roomMembers: 0 })
    await client.resume()
    await until(() => client.welcome?.renewed === 'state-lost')
  })

  it('CH-11 SES-5 one that is there is told at once', async () => {
    await begin({ windowMessages: 16 })
    // it hears everything, and acknowledges nothing
    client.mute = true
    const isThere = () => stage.host.star.sessions.get(session.id) !== undefined
    for (let turns = 0; turns <= OWED_MESSAGES && isThere(); turns++) {
      session.join('lobby')
      session.leave('lobby')
    }
    expect(isThere()).to.equal(false)
    await until(() => client.closes.length > 0)
    expect(client.closes[0]).to.deep.include({ reason: 'state-lost', retryable: true })
  })
})
