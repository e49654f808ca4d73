import { expect } from 'chai'
import { Decoder, Encoder, type Packet } from 'socket.io-parser'
import { textPreparer } from '../src/prepared-text.ts'

const TEXT = 'one\ntwo "three" ä€𝄞 \u2028'

describe('a prepared text', () => {
  it('arrives as the text with the default parser', () => {
    const encoder = new Encoder()
    const [packet] = encoder.encode({
      type: 2,
      nsp: '/',
      data: ['x', { v: 1, peers: textPreparer(encoder)(TEXT) }],
    })
    let decoded: Packet | undefined
    const decoder = new Decoder()
    decoder.on('decoded', (what: Packet) => {
      decoded = what
    })
    decoder.add(packet)
    expect(decoded?.data).to.deep.equal(['x', { v: 1, peers: TEXT }])
  })

  it('is the text itself with any other parser', () => {
    class Other extends Encoder {
      override encode(): Buffer[] {
        return [Buffer.from('binary')]
      }
    }
    class Failing extends Encoder {
      override encode(): Buffer[] {
        throw new Error('cannot encode that')
      }
    }
    expect(textPreparer(new Other())(TEXT)).to.equal(TEXT)
    expect(textPreparer(new Failing())(TEXT)).to.equal(TEXT)
  })
})
