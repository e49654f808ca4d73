import { expect } from 'chai'
import { starMiddleware } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { FRAME_OVERHEAD_BYTES, type SessionLimits } from '../../src/session/settings.ts'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

describe('the options of sessions', () => {
  const BAD: readonly SessionLimits[] = [
    { resumeWindowMs: Number.POSITIVE_INFINITY },
    { heartbeatMs: 0 },
    { heartbeatMs: 30_000.5 },
    { answerMs: -1 },
    { unconfirmedMs: 2 ** 31 },
    { windowMessages: 0 },
    { windowBytes: Number.NaN },
    { backlogBytes: '5' as never },
    { maxSessions: 0 },
  ]

  for (const sessions of BAD) {
    it(`SES-4 refuse at the start what no client takes: ${Object.entries(sessions).join()}`, () => {
      const [name = ''] = Object.keys(sessions)
      expect(() => starMiddleware({ sessions, log: SILENT_LOG }))
        .to.throw(`sessions.${name}`)
        .with.property('code', 'ERR_CONFIG')
    })
  }

  it('SES-4 promise no larger message than a connection survives', async () => {
    const stage = await Stage.open({ star: { sessions: { maxMessageBytes: 5_000_000 } } })
    const { client } = await stage.pair()
    expect(client.welcome?.maxMessageBytes).to.equal(1_000_000 - FRAME_OVERHEAD_BYTES)
    await stage.close()
  })
})

describe('a star before and after its namespace', () => {
  it('emits to rooms in which nobody can be yet, and says so when it is closed', async () => {
    const star = starMiddleware({ log: SILENT_LOG })
    const early = star.to('lobby')
    expect(early.emit('tick', 1)).to.equal(true)
    await star.close()
    expect(() => star.to('lobby'))
      .to.throw()
      .with.property('code', 'ERR_CLOSED')
  })

  it('takes no callback where nobody answers', async () => {
    const stage = await Stage.open()
    const { session } = await stage.pair()
    const callback = () => {}
    for (const emit of [
      () => stage.host.star.to('lobby').emit('tick', callback),
      () => session.to('lobby').emit('tick', callback),
      () => session.volatile.emit('tick', callback),
    ]) {
      expect(emit).to.throw('nobody would call the callback').with.property('code', 'ERR_BAD_REQUEST')
    }
    await stage.close()
  })

  it('an emitter that was made early reaches those who came since', async () => {
    const stage = await Stage.open()
    const early = stage.host.star.to('lobby')
    const { client, session } = await stage.pair()
    session.join('lobby')
    early.emit('tick', 2)
    const heard = () => client.room.flatMap((deed) => (deed.do === 'deliver' ? [deed.message] : []))
    await until(() => heard().length === 1)
    expect(heard()).to.deep.equal([['tick', 2]])
    await stage.close()
  })
})
