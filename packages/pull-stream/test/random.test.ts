import {
  createRelay,
  createSink,
  createSource,
  type EndOrError,
  type RelayEnd,
} from '@socket-star/pull-stream'
import { expect } from 'chai'
import fc from 'fast-check'
import { createLink } from './support/link.ts'
import { ACCEPT, ERROR, ID, QUEUE } from './support/relayed.ts'
import { VirtualTimers } from './support/virtual-timers.ts'

/** What may arrive where a frame or an end belongs. */
const junk = fc.oneof(
  fc.anything(),
  fc.constantFrom<unknown>(undefined, null, '__proto__', 'constructor', true, false, {}, [], NaN, 2 ** 60),
  fc.uint8Array({ maxLength: 40 }),
  fc.func(fc.anything()),
)

const honest = fc.oneof(
  fc.record({ do: fc.constant('write' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }) }),
  fc.constantFrom(
    { do: 'read' as const },
    { do: 'end' as const },
    { do: 'fail' as const },
    { do: 'accept' as const },
  ),
  fc.constantFrom({ do: 'abort' as const }, { do: 'wait' as const }),
  fc.constantFrom(
    { do: 'lose' as const, who: 'writer' as const },
    { do: 'lose' as const, who: 'reader' as const },
  ),
)

const hostile = fc.record({
  do: fc.constant('junk' as const),
  from: fc.constantFrom('writer' as const, 'reader' as const),
  event: fc.constantFrom(ACCEPT, QUEUE, ERROR),
  args: fc.array(junk, { maxLength: 3 }),
})

/** A writer's client, a server with a relay, and a reader's client, all in memory. */
function scene() {
  const left = createLink()
  const right = createLink()
  const timers = new VirtualTimers()
  const ends: RelayEnd[] = []
  createRelay(left.b, right.a, ID, { timers, onEnd: (end) => ends.push(end) })
  return { writer: left.a, reader: right.b, server: [left.b, right.a] as const, timers, ends }
}

type Action = typeof honest extends fc.Arbitrary<infer T> ? T : never

function play(
  actions: readonly (Action | { do: 'junk'; from: 'writer' | 'reader'; event: string; args: unknown[] })[],
) {
  const set = scene()
  const { writer, reader, server, timers } = set
  const written: Buffer[] = []
  const read: Buffer[] = []
  const seen = { end: null as EndOrError, aborted: null as EndOrError, ended: null as EndOrError }
  const pending: Buffer[] = []
  let answer: ((end: EndOrError, chunk?: Uint8Array) => void) | undefined
  const serve = () => {
    const give = answer
    if (give === undefined) return
    const chunk = pending.shift()
    if (chunk === undefined && seen.ended === null) return
    answer = undefined
    if (chunk === undefined) give(seen.ended)
    else give(null, chunk)
  }
  createSink(writer, ID, { timers })((abort, callback) => {
    if (abort) {
      seen.aborted = abort
      callback(abort)
    } else {
      answer = callback
      serve()
    }
  })
  let source: ReturnType<typeof createSource> | undefined
  let reading = false
  for (const action of actions) {
    switch (action.do) {
      case 'write':
        if (seen.ended !== null) break
        written.push(Buffer.from(action.bytes))
        pending.push(Buffer.from(action.bytes))
        serve()
        break
      case 'end':
      case 'fail':
        seen.ended ??= action.do === 'end' ? true : new Error('x')
        serve()
        break
      case 'accept':
        source ??= createSource(reader, ID, { timers })
        break
      case 'read':
        if (source === undefined || reading || seen.end !== null) break
        reading = true
        source(null, (end, chunk) => {
          reading = false
          if (end) seen.end = end
          else read.push(Buffer.from(chunk as Uint8Array))
        })
        break
      case 'abort':
        source?.(true, () => {})
        break
      case 'wait':
        timers.advance(20_000)
        break
      case 'lose': {
        const [near, far] = action.who === 'writer' ? [writer, server[0]] : [server[1], reader]
        if (!near.connected) break
        near.disconnect()
        far.disconnect()
        break
      }
      case 'junk': {
        const [near, far] = action.from === 'writer' ? [writer, server[0]] : [reader, server[1]]
        if (near.connected) far.receive(action.event, ...action.args)
        break
      }
    }
  }
  for (const socket of [writer, reader, ...server]) if (socket.connected) socket.disconnect()
  const listeners = [writer, reader, ...server].map((socket) => socket.listenerCount)
  return { ...set, written: Buffer.concat(written), read: Buffer.concat(read), seen, listeners }
}

describe('a relayed stream, whatever happens', () => {
  it('PS-21, PS-22, PS-49 delivers a prefix of what was written, all of it before a clean end, and leaves nothing', () => {
    fc.assert(
      fc.property(fc.array(honest, { maxLength: 40 }), (actions) => {
        const { written, read, seen, listeners, timers, ends } = play(actions)
        expect(written.subarray(0, read.length).equals(read)).to.equal(true)
        const aborted = actions.some((action) => action.do === 'abort')
        if (seen.end === true && !aborted)
          expect([read.length, seen.ended]).to.deep.equal([written.length, true])
        expect([...listeners, timers.pending, ends.length]).to.deep.equal([0, 0, 0, 0, 0, 1])
      }),
      { numRuns: 2000 },
    )
  })

  it('PS-24, PS-46 never throws, whatever arrives, and leaves nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(honest, hostile), { maxLength: 40 }), (actions) => {
        const { listeners, timers, ends } = play(actions)
        expect([...listeners, timers.pending, ends.length]).to.deep.equal([0, 0, 0, 0, 0, 1])
      }),
      { numRuns: 2000 },
    )
  })
})
