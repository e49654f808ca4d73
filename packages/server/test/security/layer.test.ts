import { createServer } from 'node:http'
import { expect } from 'chai'
import { Server } from 'socket.io'
import { type Star, starMiddleware } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'

/** What a server makes its decoders and its WebSockets with. */
interface Insides {
  _parser: { Decoder: new () => object }
  readonly engine: { readonly ws: { readonly options: { WebSocket: unknown } } }
}

describe('LIM-5 LIM-10 the guards of stars that come and go', () => {
  const http = createServer()
  let io: Server
  let insides: Insides
  beforeEach(() => {
    io = new Server(http, { serveClient: false })
    insides = io as unknown as Insides
  })
  afterEach(() => io.close())

  const star = (namespace: string): Star => {
    const made = starMiddleware({ log: SILENT_LOG, production: false })
    made.attach(io.of(namespace))
    return made
  }
  const places = (): unknown[] => [insides._parser, insides.engine.ws.options.WebSocket]

  for (const [how, order] of [
    ['in the order in which they came', [0, 1, 2]],
    ['the last one first', [2, 1, 0]],
    ['one from the middle first', [1, 0, 2]],
  ] as const) {
    it(`leave everything as it was, ${how}`, async () => {
      const before = places()
      const stars = ['/a', '/b', '/c'].map(star)
      const guarded = places()
      for (const at of order) {
        expect(places().map((place, at) => place === guarded[at])).to.deep.equal([true, true])
        expect(places()[0]).not.to.equal(before[0])
        await stars[at]?.close()
      }
      expect(places()[0]).to.equal(before[0])
      expect(places()[1]).to.equal(before[1])
    })
  }

  it('do not grow while one is always there', async () => {
    let last = star('/a')
    const guarded = places()
    for (const namespace of ['/b', '/a', '/b', '/a']) {
      const next = star(namespace)
      await last.close()
      last = next
    }
    expect(places()[0]).to.equal(guarded[0])
    expect(places()[1]).to.equal(guarded[1])
    // and each is guarded once
    const decoder = new insides._parser.Decoder() as { listeners(event: string): unknown[] }
    expect(decoder.listeners('decoded')).to.have.length(1)
    await last.close()
  })

  it('leave what the host put over them, and guard anew', async () => {
    const first = star('/a')
    const over = { ...insides._parser }
    insides._parser = over
    await first.close()
    expect(insides._parser).to.equal(over)
    const silent = new insides._parser.Decoder() as { listeners(event: string): unknown[] }
    expect(silent.listeners('decoded')).to.have.length(0)
    const second = star('/b')
    const decoder = new insides._parser.Decoder() as { listeners(event: string): unknown[] }
    expect(decoder.listeners('decoded')).to.have.length(1)
    await second.close()
    expect(insides._parser).to.equal(over)
  })
})
