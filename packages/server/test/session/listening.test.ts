import { expect } from 'chai'
import { type Session, type Star, starMiddleware } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

const nothing = (): void => {}

describe('whoever listens', () => {
  let stage: Stage
  let session: Session
  beforeEach(async () => {
    stage = await Stage.open()
    session = (await stage.pair()).session
  })
  afterEach(() => stage.close())

  for (const event of ['disconnect', 'disconnecting', 'connect', 'renew', 'gap', 'toString']) {
    it(`SES-8 to an event that a session never tells of is told so: ${event}`, () => {
      for (const listen of [() => session.on(event, nothing), () => session.once(event, nothing)]) {
        expect(listen).to.throw(`a session has no event "${event}"`).with.property('code', 'ERR_BAD_REQUEST')
      }
    })
  }

  it('to a star for what Socket.IO’s server tells of is told so', () => {
    const star = stage.host.star as Star & { on(event: string, listener: () => void): unknown }
    expect(() => star.on('connection', nothing))
      .to.throw('a star has no event "connection": it tells of session and error')
      .with.property('code', 'ERR_BAD_REQUEST')
  })

  it('with what cannot be called is told at once', () => {
    for (const listen of [
      () => session.on('chat', undefined as never),
      () => session.once('chat', {} as never),
      () => session.on('end', 'text' as never),
      () => stage.host.star.on('session', undefined as never),
    ]) {
      expect(listen).to.throw('has to be a function').with.property('code', 'ERR_BAD_REQUEST')
    }
  })

  it('once to a star hears of one session', async () => {
    const heard: Session[] = []
    stage.host.star.once('session', (each) => heard.push(each))
    await stage.pair()
    await stage.pair()
    expect(heard).to.have.length(1)
  })
})

describe('rooms', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await Stage.open()
  })
  afterEach(() => stage.close())

  it('ROOM-1 have a text for a name', async () => {
    const { session } = await stage.pair()
    for (const name of [undefined, 5, null, {}, ['a', 5], '']) {
      for (const use of [
        () => session.join(name as never),
        () => session.to(name as never),
        () => stage.host.star.to(name as never),
      ]) {
        expect(use).to.throw('a room has a name').with.property('code', 'ERR_BAD_REQUEST')
      }
    }
    session.join(new Set(['a', 'b']) as never)
    expect([...session.rooms]).to.deep.equal(['a', 'b'])
  })

  it('leave out sessions and ids, one or several, and nothing else', async () => {
    const [ada, ben, cy] = [await stage.pair(), await stage.pair(), await stage.pair()]
    for (const { session } of [ada, ben, cy]) session.join('lobby')
    const { star } = stage.host
    star.to('lobby').except([ada.session, ben.session.id]).emit('tick', 1)
    const heardBy = ({ client }: typeof ada): unknown[] =>
      client.room.flatMap((deed) => (deed.do === 'deliver' ? [deed.message] : []))
    await until(() => heardBy(cy).length === 1)
    star.to('lobby').emit('tick', 2)
    await until(() => [ada, ben, cy].every((each) => heardBy(each).length > 0))
    expect(heardBy(ada)).to.deep.equal([['tick', 2]])
    expect(heardBy(ben)).to.deep.equal([['tick', 2]])
    for (const who of [5, undefined, null, [ada.session, 5], {}]) {
      expect(() => star.to('lobby').except(who as never))
        .to.throw('except() takes sessions and ids')
        .with.property('code', 'ERR_BAD_REQUEST')
    }
  })
})

describe('a star without a namespace', () => {
  it('checks what is emitted to rooms as it will', () => {
    const star = starMiddleware({ log: SILENT_LOG })
    for (const emit of [
      () => star.to('lobby').emit('disconnect'),
      () => star.to('lobby').emit(undefined as never),
      () => star.to('lobby').emit('tick', nothing),
    ]) {
      expect(emit).to.throw().with.property('code', 'ERR_BAD_REQUEST')
    }
  })

  it('is put on a namespace, and not on a server', async () => {
    const stage = await Stage.open()
    const star = starMiddleware({ log: SILENT_LOG })
    for (const wrong of [stage.host.io, undefined, '/']) {
      expect(() => star.attach(wrong as never))
        .to.throw("a star is put on a namespace: the main one is io.of('/')")
        .with.property('code', 'ERR_NAMESPACE')
    }
    await stage.close()
  })
})
