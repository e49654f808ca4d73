import { expect } from 'chai'
import { Emitter } from '../src/emitter.ts'

interface Events {
  text: (text: string) => void
  pair: (a: number, b: string) => void
}

describe('emitter', () => {
  it('calls listeners in order, and none that was taken away', () => {
    const emitter = new Emitter<Events>()
    const calls: string[] = []
    const first = (text: string) => calls.push(`first ${text}`)
    emitter.on('text', first).on('text', (text) => calls.push(`second ${text}`))
    expect(emitter.emit('text', 'a')).to.equal(true)
    emitter.off('text', first)
    emitter.emit('text', 'b')
    expect(calls).to.deep.equal(['first a', 'second a', 'second b'])
    expect(emitter.emit('pair', 1, 'x')).to.equal(false)
  })

  it('calls a listener of once a single time, also when it emits again itself', () => {
    const emitter = new Emitter<Events>()
    const calls: string[] = []
    emitter.once('text', (text) => {
      calls.push(text)
      emitter.emit('text', 'again')
    })
    emitter.emit('text', 'a')
    expect(calls).to.deep.equal(['a'])
    expect(emitter.listenerCount('text')).to.equal(0)
  })

  it('takes a listener of once away', () => {
    const emitter = new Emitter<Events>()
    const listener = () => expect.fail('was taken away')
    emitter.once('text', listener).off('text', listener)
    emitter.emit('text', 'a')
  })

  it('goes on with the list it began with when a listener changes it', () => {
    const emitter = new Emitter<Events>()
    const calls: string[] = []
    const second = () => calls.push('second')
    emitter.on('text', () => {
      calls.push('first')
      emitter.off('text', second)
      emitter.on('text', () => calls.push('third'))
    })
    emitter.on('text', second)
    emitter.emit('text', 'a')
    expect(calls).to.deep.equal(['first', 'second'])
  })

  it('reports the error of a listener as uncaught and goes on', async () => {
    const emitter = new Emitter<Events>()
    const calls: string[] = []
    emitter.on('text', () => {
      throw new Error('the application failed')
    })
    emitter.on('text', (text) => calls.push(text))
    const uncaught = await uncaughtDuring(() => emitter.emit('text', 'a'))
    expect(calls).to.deep.equal(['a'])
    expect(uncaught).to.be.an('error').with.property('message', 'the application failed')
  })

  it('knows no prototype names', () => {
    const emitter = new Emitter<Record<string, () => void>>()
    expect(emitter.emit('constructor')).to.equal(false)
    expect(emitter.emit('__proto__')).to.equal(false)
    expect(emitter.listenerCount('toString')).to.equal(0)
  })
})

/** What the platform is told while mocha's own listener is out of the way. */
async function uncaughtDuring(action: () => void): Promise<unknown> {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  try {
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve))
    action()
    return await caught
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
}
