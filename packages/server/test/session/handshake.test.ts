import { MESSAGE, STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Session } from '../../src/index.ts'
import { Host, until } from '../support/host.ts'
import { ScriptedClient } from './scripted-client.ts'

describe('sessions on the server', () => {
  let host: Host
  let sessions: Session[]
  const clients: ScriptedClient[] = []

  const connected = async (
    ...args: Parameters<typeof ScriptedClient.connected> extends [Host, ...infer R] ? R : never
  ) => {
    const client = await ScriptedClient.connected(host, ...args)
    clients.push(client)
    return client
  }

  beforeEach(async () => {
    host = await Host.start()
    sessions = []
    host.star.on('session', (session) => sessions.push(session))
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await host.close()
  })

  it('HS-4 HS-5 SES-4 a client that announces itself gets a session and its welcome', async () => {
    const client = await connected()
    expect(sessions).to.have.length(1)
    const [session] = sessions
    expect(session?.status).to.equal(STATUS.CONNECTED)
    expect(client.status).to.equal(STATUS.CONNECTED)
    expect(client.welcome).to.include({
      v: 1,
      id: session?.id,
      heartbeatMs: 30_000,
      resumeWindowMs: 120_000,
      maxMessageBytes: 1_000_000 - 1_024,
    })
    expect(client.welcome?.renewed).to.equal(undefined)
    expect([...host.star.sessions]).to.deep.equal(sessions)
    expect(host.star.sessions.get(session?.id ?? '')).to.equal(session)
  })

  it('HS-5 a client may announce itself by an event', async () => {
    await connected({ late: true })
    expect(sessions).to.have.length(1)
  })

  it('SES-6 messages go both ways, in order, numbered from 1', async () => {
    const client = await connected()
    // the client's credit is known once it acknowledged message 0
    await sessions[0]?.flush()
    const heard: unknown[][] = []
    sessions[0]?.on('chat', (...args) => heard.push(args))
    for (let n = 1; n <= 3; n++) client.say(['chat', n])
    for (let n = 1; n <= 3; n++) expect(sessions[0]?.emit('news', { n })).to.equal(true)
    await until(() => heard.length === 3 && client.messages.length === 3)
    expect(heard).to.deep.equal([[1], [2], [3]])
    expect(client.events).to.deep.equal([
      ['news', { n: 1 }],
      ['news', { n: 2 }],
      ['news', { n: 3 }],
    ])
    expect(client.channel.received).to.equal(3)
  })

  it('HS-7 a session resumes after a cut and what was missed is sent again, once', async () => {
    const client = await connected()
    const [session] = sessions
    const heard: unknown[] = []
    session?.on('chat', (n) => heard.push(n))
    client.say(['chat', 1])
    await client.flushed()
    client.cut()
    await until(() => session?.status === STATUS.RECONNECTING)
    session?.emit('news', 1)
    client.say(['chat', 2])
    await client.resume()
    session?.emit('news', 2)
    await until(() => client.messages.length === 2 && heard.length === 2)
    expect(client.events).to.deep.equal([
      ['news', 1],
      ['news', 2],
    ])
    expect(heard).to.deep.equal([1, 2])
    expect(sessions).to.have.length(1)
    expect(client.welcomedBack).to.equal(1)
    await session?.flush()
    expect(session?.bufferedAmount).to.equal(0)
  })

  it('SES-10 SES-11 requests are answered in both directions', async () => {
    const client = await connected()
    const [session] = sessions
    session?.on('greet', (name: string, reply: (text: string) => void) => reply(`hello ${name}`))
    client.say([MESSAGE.REQUEST, 1, 'greet', 'Ada'])
    await until(() => client.messages.length === 1)
    expect(client.messages[0]).to.deep.equal({ kind: 'response', id: 1, args: ['hello Ada'] })
    const answer = session?.emitWithAck('sum', 1, 2)
    await until(() => client.messages.length === 2)
    expect(client.messages[1]).to.deep.equal({ kind: 'request', id: 1, name: 'sum', args: [1, 2] })
    client.say([MESSAGE.RESPONSE, 1, 3])
    expect(await answer).to.equal(3)
  })
})
