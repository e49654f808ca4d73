import { type DialOptions, type JoinOptions, joinStar, type Peer, wrap } from '@socket-star/client'
import { isStarError } from '@socket-star/protocol'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { type FakeStar, fakeStar } from './support/fake-star.ts'
import { newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'

const ADDRESS = '/dns4/localhost/tcp/9090/ws/p2p-websocket-star'

const WRONG: readonly (readonly [options: object, told: string])[] = [
  [{ privatekey: {} }, 'there is no option privatekey; there are privateKey, '],
  [{ timeoutMs: '30s' }, 'timeoutMs has to be a number of at least 0, not "30s"'],
  [{ replyTimeoutMs: Number.NaN }, 'replyTimeoutMs has to be a number of at least 0, not NaN'],
  [{ maxStreams: -1 }, 'maxStreams has to be a number of at least 0, not -1'],
  [{ allowNoChallenge: 'yes' }, 'allowNoChallenge has to be true or false, not "yes"'],
  [{ signal: 5_000 }, 'signal has to be an AbortSignal, not 5000'],
  [{ stream: { maxBuffered: 1 } }, 'there is no option stream.maxBuffered; there are maxBufferedBytes, '],
  [{ stream: { frameBytes: 0 } }, 'frameBytes has to be a whole number of at least 1'],
]

/** `code: message` of what a promise is rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'nothing',
    (reason: unknown) => reason,
  )
  return isStarError(error) ? `${error.code}: ${error.message}` : String(error)
}

describe('options of joinStar and dial', () => {
  for (const [options, told] of WRONG) {
    it(`are refused at once: ${told}`, async () => {
      const star = wrap(io('http://127.0.0.1:9', { autoConnect: false, forceNew: true }))
      const joining = joinStar(star, ADDRESS, { allowNoChallenge: true, ...options } as JoinOptions)
      expect(await failureOf(joining)).to.include(`ERR_CONFIG: ${told}`)
    })
  }

  it('stand beside listeners: an event that a peer never tells of, and no function, are refused at once', async () => {
    const star: FakeStar = await fakeStar()
    letIn(star)
    const peer: Peer = await joinStar(wrap(star.client()), star.address, await newKey())
    for (const listen of ['on', 'once'] as const) {
      expect(() => peer[listen]('peers' as never, (() => {}) as never))
        .to.throw('a peer has no event "peers": it tells of peer, peer-gone, stream, ')
        .with.property('code', 'ERR_BAD_REQUEST')
      expect(() => peer[listen]('peer', undefined as never))
        .to.throw('the listener of "peer" has to be a function, not undefined')
        .with.property('code', 'ERR_BAD_REQUEST')
    }
    peer.leave()
    star.close()
  })

  it('of a dial are refused at once, too', async () => {
    const star: FakeStar = await fakeStar()
    letIn(star)
    const peer: Peer = await joinStar(wrap(star.client()), star.address, await newKey())
    const dial = (options: object): Promise<string> => failureOf(peer.dial(ADDRESS, options as DialOptions))
    expect(await dial({ timeout: 5 })).to.include('ERR_CONFIG: there is no option timeout; there are signal,')
    expect(await dial({ timeoutMs: '5' })).to.include('ERR_CONFIG: timeoutMs has to be a number')
    peer.leave()
    star.close()
  })
})
