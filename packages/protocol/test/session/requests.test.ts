import { MAX_ERROR_TEXT, StarError } from '@socket-star/protocol'
import {
  Asking,
  Incoming,
  interrupted,
  Listeners,
  MAX_REQUESTS,
  MAX_RESPONSES,
  type Payload,
  parseMessage,
  type Waiting,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf } from '../code-of.ts'

const NEVER = Number.POSITIVE_INFINITY

/** Requests that tell how they end. */
class Asked {
  readonly sent: Payload[] = []
  readonly ended: string[] = []
  readonly asking = new Asking({ say: (message) => this.sent.push(message) > 0 })

  waiting(name: string): Waiting {
    return (error, ...answer) =>
      this.ended.push(`${name}: ${error === null ? answer.join() : (error as StarError).code}`)
  }

  /** Asks, and answers with the id. */
  ask(name: string, deadline = NEVER): number {
    this.asking.ask(name, [], deadline, this.waiting(name))
    return this.asking.last
  }

  /** What has ended since this was called last. */
  get news(): string[] {
    return this.ended.splice(0)
  }
}

describe('requests that wait', () => {
  it('SES-10 have rising ids, and end once', () => {
    const asked = new Asked()
    expect([asked.ask('a'), asked.ask('b')]).to.deep.equal([1, 2])
    asked.asking.settle({ id: 2, error: null, args: ['yes'] })
    asked.asking.settle({ id: 2, error: null, args: ['yes again'] })
    asked.asking.settle({ id: 99, error: null, args: ['no'] })
    expect(asked.news, 'a second response is ignored').to.deep.equal(['b: yes'])
    expect(asked.ask('c'), 'an id is not used again').to.equal(3)
    expect(asked.sent.map(([, id, name]) => [id, name])).to.deep.equal([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ])
    expect(new Asking({ say: () => true }, 17).last, 'they go on from an earlier life').to.equal(17)
  })

  it('SES-10 time out at their deadline, and a late response is ignored', () => {
    const asked = new Asked()
    const { asking } = asked
    const slow = asked.ask('slow', 5_000)
    asked.ask('slower', 7_000)
    asked.ask('patient')
    expect(asking.deadline).to.equal(5_000)
    asking.timeout(4_999)
    expect(asked.news).to.be.empty
    asking.timeout(5_000)
    asking.settle({ id: slow, error: null })
    expect(asked.news).to.deep.equal(['slow: ERR_TIMEOUT'])
    expect(asking.deadline).to.equal(7_000)
    asking.timeout(1e9)
    expect(asked.news).to.deep.equal(['slower: ERR_TIMEOUT'])
    expect(asking.deadline, 'the last one waits for ever').to.equal(NEVER)
    asking.fail('ERR_CLOSED')
    expect(asked.news).to.deep.equal(['patient: ERR_CLOSED'])
  })

  it('SES-10 a deadline that is no number is refused, and takes nobody else the time', () => {
    const asked = new Asked()
    asked.ask('slow', 5_000)
    for (const wrong of [Number.NaN, '5000', null]) {
      expect(codeOf(() => asked.ask('wrong', wrong as never))).to.equal('ERR_BAD_REQUEST')
    }
    expect(asked.asking.deadline).to.equal(5_000)
    asked.ask('fast', 1_000)
    asked.asking.timeout(1_000)
    asked.asking.timeout(5_000)
    expect(asked.news).to.deep.equal(['fast: ERR_TIMEOUT', 'slow: ERR_TIMEOUT'])
    expect(asked.sent).to.have.length(2)
  })

  it('SES-10 at most MAX_REQUESTS wait', () => {
    const asked = new Asked()
    for (let i = 0; i < MAX_REQUESTS; i++) asked.ask('x')
    expect(codeOf(() => asked.ask('y'))).to.equal('ERR_QUOTA')
    expect(asked.sent).to.have.length(MAX_REQUESTS)
    asked.asking.settle({ id: 17, error: null })
    expect(asked.ask('y')).to.equal(MAX_REQUESTS + 1)
  })

  it('SES-10 one that cannot be sent is waited for by nobody', () => {
    const asked = new Asked()
    const refusing = new Asking({
      say() {
        throw new StarError('ERR_BACKLOG')
      },
    })
    expect(codeOf(() => refusing.ask('x', [], 10, asked.waiting('x')))).to.equal('ERR_BACKLOG')
    refusing.fail('ERR_CLOSED')
    expect(asked.ended).to.be.empty
    expect(refusing.deadline).to.equal(NEVER)
  })

  it('SES-10 fail together when no response can come any more', () => {
    const asked = new Asked()
    const { asking } = asked
    asked.ask('a', 10)
    asked.ask('b')
    asking.fail('ERR_INTERRUPTED', (id) => id !== 2)
    expect(asked.news).to.deep.equal(['a: ERR_INTERRUPTED'])
    asking.fail('ERR_CLOSED')
    expect(asked.news).to.deep.equal(['b: ERR_CLOSED'])
    asking.timeout(1e9)
    expect(asking.deadline).to.equal(NEVER)
    expect(asked.ask('c', 20)).to.equal(3)
    expect(asking.deadline).to.equal(20)
  })

  it('SES-10 one that is asked by whoever is told of a failure waits', () => {
    const { asking } = new Asked()
    const ended: unknown[] = []
    const again: Waiting = (error) => {
      ended.push(error)
      if (ended.length < 5) asking.ask('again', [], 5, again)
    }
    asking.ask('first', [], 5, again)
    asking.timeout(10)
    expect(ended).to.have.length(1)
    expect(asking.deadline).to.equal(5)
    asking.fail('ERR_CLOSED')
    expect(ended).to.have.length(2)
  })

  it('SES-10 follow a plain list of deadlines, whatever ends when', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('begin' as const), ms: fc.nat(100) }),
      fc.record({ do: fc.constant('end' as const), id: fc.nat(30) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(40) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const asked = new Asked()
        const model = new Map<number, number>()
        let now = 0
        for (const each of steps) {
          const expected: string[] = []
          if (each.do === 'begin') {
            model.set(asked.ask(`${model.size}`, now + each.ms), now + each.ms)
          } else if (each.do === 'end') {
            asked.asking.settle({ id: each.id, error: null })
            if (model.delete(each.id)) expected.push('')
          } else {
            now += each.ms
            for (const [id, deadline] of model) {
              if (deadline > now) continue
              model.delete(id)
              expected.push('ERR_TIMEOUT')
            }
            asked.asking.timeout(now)
          }
          expect(asked.news.map((end) => end.split(': ')[1])).to.deep.equal(expected)
          expect(asked.asking.deadline, 'never too late').to.be.at.most(Math.min(...model.values()))
        }
      }),
    )
  })
})

/** Incoming requests, and what is said of them. */
function working(listener: (answer: (...args: unknown[]) => void) => unknown) {
  const listeners = new Listeners()
  listeners.add('work', listener)
  const said: unknown[] = []
  const failed: unknown[] = []
  let refusesArgs = false
  const say = (message: Payload) => said.push(parseMessage(JSON.parse(JSON.stringify(message))))
  class Working extends Incoming {
    protected listenersOf(event: string) {
      return listeners.of(event)
    }
    say(message: Payload) {
      if (refusesArgs) throw new StarError('ERR_TOO_LARGE')
      say(message)
    }
    owe(message: Payload) {
      say(message)
    }
    protected failed(error: unknown) {
      failed.push(error)
    }
  }
  const incoming = new Working()
  const request = (id: number, name = 'work') => incoming.request({ kind: 'request', id, name, args: [] })
  return { failed, incoming, refuseArgs: () => (refusesArgs = true), request, said }
}

describe('requests in work', () => {
  it('SES-11 are answered once', () => {
    const { incoming, request, said } = working((answer) => {
      answer('done')
      answer('again')
    })
    request(5)
    expect(said).to.deep.equal([{ kind: 'response', id: 5, error: null, args: ['done'] }])
    expect(incoming.inWork).to.be.empty
  })

  it('SES-11 are answered once, also where what the response is made of answers while it is written', () => {
    const { request, said } = working((answer) => {
      answer({
        toJSON() {
          answer('from within')
          return 'done'
        },
      })
    })
    request(5)
    expect(said).to.deep.equal([{ kind: 'response', id: 5, error: null, args: ['done'] }])
  })

  it('SES-11 a failure keeps its code, and anything without one its text to itself', async () => {
    const thrown = [new StarError('ERR_FORBIDDEN', 'no'), new Error('the password is 1234')]
    const { failed, request, said } = working(() => {
      throw thrown[said.length]
    })
    request(1)
    request(2)
    expect(said[0]).to.have.nested.include({ 'error.code': 'ERR_FORBIDDEN', 'error.message': 'no' })
    expect(said[1]).to.have.nested.property('error.code', 'ERR_REMOTE')
    expect(JSON.stringify(said)).not.to.contain('1234')
    expect(failed).to.deep.equal(thrown)
    const later = working(() => Promise.reject(new StarError('ERR_FORBIDDEN')))
    await later.request(1)
    expect(later.said[0]).to.have.nested.property('error.code', 'ERR_FORBIDDEN')
  })

  it('SES-11 one that failed is not answered any more, and one that was answered does not fail', () => {
    const { request, said } = working((answer) => {
      answer()
      throw new Error('too late')
    })
    request(1)
    expect(said).to.deep.equal([{ kind: 'response', id: 1, error: null, args: [] }])
  })

  it('SES-11 one that nobody listens to is answered with a failure', () => {
    const { incoming, request, said } = working(() => {})
    request(1, 'other')
    expect(said[0]).to.have.nested.property('error.code', 'ERR_REMOTE')
    expect(incoming.inWork).to.be.empty
  })

  it('SES-11 a response that cannot be sent fails for both sides', () => {
    const { failed, refuseArgs, request, said } = working((answer) => answer('much'))
    refuseArgs()
    request(1)
    expect(said[0]).to.have.nested.include({ kind: 'response', 'error.code': 'ERR_TOO_LARGE' })
    expect(said).to.have.length(1)
    expect(failed[0]).to.have.property('code', 'ERR_TOO_LARGE')
  })

  it('SES-11 the text of a failure is cut, so that it can be sent', () => {
    const { request, said } = working(() => {
      throw new StarError('ERR_FORBIDDEN', 'x'.repeat(1_000_000))
    })
    request(1)
    expect(said).to.have.length(1)
    expect(JSON.stringify(said).length).to.be.below(2 * MAX_ERROR_TEXT)
  })

  it('SES-11 at most MAX_RESPONSES are in work; one more ends the oldest, so that nobody is locked out', () => {
    const answers: (() => void)[] = []
    const { incoming, request, said } = working((answer) => void answers.push(answer))
    for (let id = 1; id <= MAX_RESPONSES; id++) request(id)
    expect(said).to.be.empty
    request(MAX_RESPONSES + 1)
    expect(said).to.have.length(1)
    expect(said[0]).to.deep.include({ kind: 'response', id: 1 })
    expect(said[0]).to.have.nested.property('error.code', 'ERR_QUOTA')
    expect(incoming.inWork).to.have.length(MAX_RESPONSES)
    answers[0]?.()
    expect(said, 'the answer that came too late').to.have.length(1)
    answers.at(-1)?.()
    expect(said[1]).to.deep.include({ kind: 'response', id: MAX_RESPONSES + 1 })
    request(MAX_RESPONSES + 2)
    expect(said).to.have.length(2)
  })

  it('SES-11 an id that is in work is not begun twice', () => {
    const answers: (() => void)[] = []
    const { request, said } = working((answer) => void answers.push(answer))
    request(1)
    expect(codeOf(() => request(1))).to.equal('ERR_BAD_FRAME')
    answers[0]?.()
    expect(said[0], 'the first one is still answered').to.deep.include({ id: 1, error: null })
    expect(answers).to.have.length(1)
  })

  it('SES-11 what an earlier process had begun is answered interrupted after a restore', () => {
    const answers: (() => void)[] = []
    const { incoming, request } = working((answer) => void answers.push(answer))
    for (const id of [3, 5, 8]) request(id)
    answers[1]?.()
    const snapshot = JSON.parse(JSON.stringify(incoming.inWork))
    const failures = interrupted(snapshot).map((each) => parseMessage(JSON.parse(JSON.stringify(each))))
    expect(failures.map((answer) => 'id' in answer && answer.id)).to.deep.equal([3, 8])
    for (const answer of failures) expect(answer).to.have.nested.property('error.code', 'ERR_INTERRUPTED')
  })
})
