import { wrap } from '@socket-star/client'
import { expect } from 'chai'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

it('SES-6 what a turn emits fits a server whose maxHttpBufferSize is small', async () => {
  const stage = await Stage.open({ io: { maxHttpBufferSize: 20_000 } })
  try {
    const heard: unknown[] = []
    stage.host.star.on('session', (session) => session.on('chat', (n) => heard.push(n)))
    const star = wrap(stage.host.client({ reconnection: true }))
    for (let n = 0; n < 300; n++) star.emit('chat', n, '"ä€'.repeat(300))
    await until(() => heard.length === 300)
    expect(heard).to.deep.equal(Array.from({ length: 300 }, (_, n) => n))
    expect(stage.sessions).to.have.length(1)
    expect(stage.host.star.stats().drops).to.deep.equal({})
    star.disconnect()
  } finally {
    await stage.close()
  }
})
