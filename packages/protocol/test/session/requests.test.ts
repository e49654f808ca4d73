import { StarError } from '@socket-star/protocol'
import { MAX_REQUESTS, MAX_RESPONSES, parseMessage, Requests, Responses } from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf } from '../code-of.ts'

describe('requests that wait', () => {
  it('SES-10 have rising ids, and end once', () => {
    const requests = new Requests<string>()
    const ids = [requests.begin('a'), requests.begin('b')]
    expect(ids).to.deep.equal([1, 2])
    expect(requests.end(2)).to.equal('b')
    expect(requests.end(2), 'a second response is ignored').to.equal(undefined)
    expect(requests.end(99)).to.equal(undefined)
    expect(requests.begin('c'), 'an id is not used again').to.equal(3)
    expect(requests.size).to.equal(2)
  })

  it('SES-10 time out at their deadline, and a late response is ignored', () => {
    const requests = new Requests<string>()
    const slow = requests.begin('slow', 5_000)
    requests.begin('slower', 7_000)
    requests.begin('patient')
    expect(requests.deadline()).to.equal(5_000)
    expect(requests.timeout(4_999)).to.be.empty
    expect(requests.timeout(5_000)).to.deep.equal(['slow'])
    expect(requests.end(slow)).to.equal(undefined)
    expect(requests.deadline()).to.equal(7_000)
    expect(requests.timeout(1e9)).to.deep.equal(['slower'])
    expect(requests.deadline(), 'the last one waits for ever').to.equal(undefined)
    expect(requests.size).to.equal(1)
  })

  it('SES-10 at most MAX_REQUESTS wait', () => {
    const requests = new Requests<number>()
    for (let i = 0; i < MAX_REQUESTS; i++) requests.begin(i)
    expect(codeOf(() => requests.begin(-1))).to.equal('ERR_QUOTA')
    expect(requests.size).to.equal(MAX_REQUESTS)
    requests.end(17)
    expect(requests.begin(-1)).to.equal(MAX_REQUESTS + 1)
  })

  it('SES-10 end together when no response can come any more', () => {
    const requests = new Requests<string>()
    requests.begin('a', 10)
    requests.begin('b')
    expect(requests.clear()).to.deep.equal(['a', 'b'])
    expect(requests.deadline()).to.equal(undefined)
    expect(requests.timeout(1e9)).to.be.empty
    expect(requests.begin('c', 20)).to.equal(3)
    expect(requests.deadline()).to.equal(20)
  })

  it('SES-10 follow a plain list of deadlines, whatever ends when', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('begin' as const), ms: fc.nat(100) }),
      fc.record({ do: fc.constant('end' as const), id: fc.nat(30) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(40) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const requests = new Requests<number>()
        const model = new Map<number, number>()
        let now = 0
        for (const each of steps) {
          if (each.do === 'begin') {
            const id = requests.begin(now + each.ms, now + each.ms)
            model.set(id, now + each.ms)
          } else if (each.do === 'end') {
            expect(requests.end(each.id)).to.equal(model.get(each.id))
            model.delete(each.id)
          } else {
            now += each.ms
            const late = [...model].filter(([, deadline]) => deadline <= now)
            for (const [id] of late) model.delete(id)
            expect(requests.timeout(now)).to.have.members(late.map(([, deadline]) => deadline))
          }
          expect(requests.size).to.equal(model.size)
          const next = Math.min(...model.values())
          const deadline = requests.deadline() ?? Number.POSITIVE_INFINITY
          expect(deadline, 'never too late').to.be.at.most(next)
        }
      }),
    )
  })
})

describe('requests in work', () => {
  const read = (payload: unknown) => parseMessage(JSON.parse(JSON.stringify(payload)))

  it('SES-11 are answered once', () => {
    const responses = new Responses()
    expect(responses.begin(5)).to.equal(undefined)
    expect(read(responses.respond(5, ['done']))).to.deep.equal({ kind: 'response', id: 5, args: ['done'] })
    expect(responses.respond(5, ['again'])).to.equal(undefined)
    expect(responses.fail(5, new Error('again'))).to.equal(undefined)
    expect(responses.size).to.equal(0)
  })

  it('SES-11 a failure keeps its code, and anything without one its text to itself', () => {
    const responses = new Responses()
    responses.begin(1)
    responses.begin(2)
    expect(read(responses.fail(1, new StarError('ERR_FORBIDDEN', 'no')))).to.have.nested.include({
      'error.code': 'ERR_FORBIDDEN',
      'error.message': 'no',
    })
    const failure = read(responses.fail(2, new Error('the password is 1234')))
    expect(failure).to.have.nested.property('error.code', 'ERR_REMOTE')
    expect(JSON.stringify(failure)).not.to.contain('1234')
  })

  it('SES-11 at most MAX_RESPONSES are in work; one more is answered at once', () => {
    const responses = new Responses()
    for (let id = 1; id <= MAX_RESPONSES; id++) expect(responses.begin(id)).to.equal(undefined)
    const answer = read(responses.begin(MAX_RESPONSES + 1))
    expect(answer).to.have.nested.property('error.code', 'ERR_QUOTA')
    expect(responses.size).to.equal(MAX_RESPONSES)
    responses.respond(1, [])
    expect(responses.begin(MAX_RESPONSES + 2)).to.equal(undefined)
  })

  it('SES-11 an id that is in work is not begun twice', () => {
    const responses = new Responses()
    responses.begin(1)
    expect(read(responses.begin(1))).to.have.nested.property('error.code', 'ERR_BAD_REQUEST')
    expect(responses.respond(1, []), 'the first one is still answered').not.to.equal(undefined)
  })

  it('SES-11 what an earlier process had begun is answered interrupted after a restore', () => {
    const responses = new Responses()
    for (const id of [3, 5, 8]) responses.begin(id)
    responses.respond(5, [])
    const snapshot = JSON.parse(JSON.stringify(responses.snapshot()))
    const answers = Responses.interrupted(snapshot).map(read)
    expect(answers.map((answer) => 'id' in answer && answer.id)).to.deep.equal([3, 8])
    for (const answer of answers) expect(answer).to.have.nested.property('error.code', 'ERR_INTERRUPTED')
  })
})
