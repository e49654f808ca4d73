import { parseAddress } from '@socket-star/protocol/address'
import {
  CHALLENGE_TIMEOUT_MS,
  type ChallengeStep,
  checkNonce,
  createNonce,
  JoinChallenge,
  MAX_NONCE_LENGTH,
  NONCE_DOMAIN,
} from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import fc from 'fast-check'
import { base58btc } from 'multiformats/bases/base58'
import { codeOf } from '../code-of.ts'

const ID = '12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK'
const ADDRESS = parseAddress(`/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star/p2p/${ID}`)
// an identity multihash holds the key behind its two bytes of code and length
const KEY = base58btc.baseDecode(ID).subarray(2)
const SIGNATURE = Uint8Array.of(1, 2, 3)
const sha256 = () => new Uint8Array(32)

function machine(address = ADDRESS) {
  let byte = 0
  const challenge = new JoinChallenge(address, { sha256 })
  const join = (data: Uint8Array, now: number) =>
    challenge.join(data, now, () => new Uint8Array(32).fill(++byte))
  return { challenge, join }
}

function codeIn(step: ChallengeStep): string | undefined {
  return step.type === 'refuse' ? step.error.code : undefined
}

function nonceIn(step: ChallengeStep): string {
  if (step.type !== 'challenge') throw new Error(`${step.type} instead of a challenge`)
  return step.nonce
}

function ticketIn(step: ChallengeStep): number {
  if (step.type !== 'verify') throw new Error(`${step.type} instead of verify`)
  return step.ticket
}

describe('JoinChallenge', () => {
  describe('JOIN-5, cell by cell', () => {
    it('idle, join without data: ERR_KEY_REQUIRED', () => {
      const { challenge, join } = machine()
      expect(codeIn(join(new Uint8Array(), 0))).to.equal('ERR_KEY_REQUIRED')
      expect(challenge.state).to.equal('idle')
    })

    it('idle, join with a key of another peer: ERR_ID_MISMATCH', () => {
      const { challenge, join } = machine()
      expect(
        codeIn(
          join(
            KEY.map((byte) => byte ^ 1),
            0,
          ),
        ),
      ).to.equal('ERR_ID_MISMATCH')
      expect(challenge.state).to.equal('idle')
    })

    it('JOIN-7 an address without a peer id cannot be proven', () => {
      const { join } = machine(parseAddress('/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star'))
      expect(codeIn(join(KEY, 0))).to.equal('ERR_ID_MISMATCH')
    })

    it('idle, join with the key: challenged, with a deadline', () => {
      const { challenge, join } = machine()
      checkNonce(nonceIn(join(KEY, 5)), ADDRESS.canonical)
      expect(challenge.state).to.equal('challenged')
      expect(challenge.deadline).to.equal(5 + CHALLENGE_TIMEOUT_MS)
    })

    it('challenged, an answer in the last moment is verified', () => {
      const { challenge, join } = machine()
      const nonce = nonceIn(join(KEY, 0))
      const step = join(SIGNATURE, CHALLENGE_TIMEOUT_MS - 1)
      expect(step).to.include({ type: 'verify', nonce })
      expect(step).to.deep.include({ publicKey: KEY, signature: SIGNATURE })
      expect(challenge.deadline).to.equal(undefined)
    })

    it('challenged, an answer too late: ERR_CHALLENGE_EXPIRED, and the nonce is gone', () => {
      const { challenge, join } = machine()
      const first = nonceIn(join(KEY, 0))
      expect(codeIn(join(SIGNATURE, CHALLENGE_TIMEOUT_MS))).to.equal('ERR_CHALLENGE_EXPIRED')
      expect(challenge.state).to.equal('idle')
      expect(nonceIn(join(KEY, CHALLENGE_TIMEOUT_MS))).not.to.equal(first)
    })

    it('challenged, timeout: forgotten at the deadline, not before', () => {
      const { challenge, join } = machine()
      join(KEY, 0)
      challenge.timeout(CHALLENGE_TIMEOUT_MS - 1)
      expect(challenge.state).to.equal('challenged')
      challenge.timeout(CHALLENGE_TIMEOUT_MS)
      expect(challenge.state).to.equal('idle')
    })

    it('verifying, another join: ERR_BAD_REQUEST, and the first goes on', () => {
      const { challenge, join } = machine()
      join(KEY, 0)
      const ticket = ticketIn(join(SIGNATURE, 0))
      expect(codeIn(join(SIGNATURE, 0))).to.equal('ERR_BAD_REQUEST')
      expect(codeIn(join(KEY, 0))).to.equal('ERR_BAD_REQUEST')
      expect(challenge.verdict(ticket, true)).to.deep.equal({ type: 'accept' })
      expect(challenge.state).to.equal('idle')
    })

    it('verifying, not valid: ERR_SIGNATURE, and the nonce is gone', () => {
      const { challenge, join } = machine()
      const nonce = nonceIn(join(KEY, 0))
      expect(codeIn(challenge.verdict(ticketIn(join(SIGNATURE, 0)), false))).to.equal('ERR_SIGNATURE')
      expect(nonceIn(join(KEY, 0))).not.to.equal(nonce)
    })

    it('any state, cancel: idle, and a verdict that comes later changes nothing', () => {
      const { challenge, join } = machine()
      join(KEY, 0)
      const ticket = ticketIn(join(SIGNATURE, 0))
      challenge.cancel()
      expect(challenge.verdict(ticket, true)).to.deep.equal({ type: 'ignore' })
      join(KEY, 0)
      const second = ticketIn(join(SIGNATURE, 0))
      expect(challenge.verdict(ticket, true)).to.deep.equal({ type: 'ignore' })
      expect(challenge.verdict(second, true)).to.deep.equal({ type: 'accept' })
      expect(challenge.verdict(second, true)).to.deep.equal({ type: 'ignore' })
    })
  })

  it('JOIN-5 never accepts more often than a verification of a fresh nonce succeeded', () => {
    const input = fc.oneof(
      fc.record({
        type: fc.constant('join' as const),
        data: fc.constantFrom(KEY, SIGNATURE, new Uint8Array()),
      }),
      fc.record({ type: fc.constant('verdict' as const), back: fc.nat(3), valid: fc.boolean() }),
      fc.constant({ type: 'cancel' as const }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.nat(CHALLENGE_TIMEOUT_MS * 2) }),
    )
    fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
        const { challenge, join } = machine()
        const nonces = new Set<string>()
        const tickets: number[] = []
        let now = 0
        let accepted = 0
        for (const step of inputs) {
          if (step.type === 'join') {
            const answer = join(step.data, now)
            if (answer.type === 'challenge') nonces.add(answer.nonce)
            if (answer.type === 'verify') tickets.push(answer.ticket)
            expect(answer.type).not.to.equal('accept')
          } else if (step.type === 'verdict') {
            const ticket = tickets.at(-1 - step.back)
            if (ticket === undefined) continue
            if (challenge.verdict(ticket, step.valid).type === 'accept') {
              expect(step.valid).to.equal(true)
              accepted += 1
            }
          } else if (step.type === 'cancel') challenge.cancel()
          else {
            now += step.ms
            challenge.timeout(now)
          }
        }
        expect(accepted).to.be.at.most(nonces.size)
        expect(new Set(tickets).size).to.equal(tickets.length)
      }),
    )
  })
})

describe('nonces', () => {
  const random = new Uint8Array(32).fill(7)
  const own = ADDRESS.canonical

  it('JOIN-6 begin with the domain tag and hold the address and 32 random bytes', () => {
    const nonce = createNonce(own, random)
    expect(nonce).to.equal(`socket-star join 1 ${own} BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc`)
    expect(() => createNonce(own, new Uint8Array(31))).to.throw(RangeError)
  })

  it('JOIN-8 are signed for the own address alone', () => {
    checkNonce(createNonce(own, random), own)
    const foreign = createNonce(own.replace('9090', '9091'), random)
    for (const bad of [
      foreign,
      `${NONCE_DOMAIN} ${own} short`,
      NONCE_DOMAIN,
      `${createNonce(own, random)} more`,
    ]) {
      expect(
        codeOf(() => checkNonce(bad, own)),
        bad,
      ).to.equal('ERR_CHALLENGE')
      expect(
        codeOf(() => checkNonce(bad, own, true)),
        bad,
      ).to.equal('ERR_CHALLENGE')
    }
  })

  it('JOIN-8 of a legacy server are signed only when that was allowed', () => {
    const legacy = '109156be-c4fb-41ea-b1b4-efe1671c5836109156be-c4fb-41ea-b1b4-efe1671c5836'
    expect(codeOf(() => checkNonce(legacy, own))).to.equal('ERR_LEGACY_CHALLENGE')
    checkNonce(legacy, own, true)
  })

  it('JOIN-8 are texts of a sensible length', () => {
    for (const bad of [undefined, null, 7, {}, '', new Uint8Array(3), 'x'.repeat(MAX_NONCE_LENGTH + 1)]) {
      expect(codeOf(() => checkNonce(bad, own, true))).to.equal('ERR_CHALLENGE')
    }
    checkNonce('x'.repeat(MAX_NONCE_LENGTH), own, true)
  })
})
