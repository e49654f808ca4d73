import { expect } from 'chai'
import { Server } from 'socket.io'
import { textPreparer } from '../src/prepared-text.ts'

const TEXT = 'one\ntwo "three" ä€𝄞 \u2028'

describe('a prepared text', () => {
  it('is written as the text by the default parser', () => {
    const { encoder } = new Server()
    const data = ['x', { v: 1, peers: textPreparer(encoder)(TEXT) }]
    const [packet] = encoder.encode({ type: 2, nsp: '/', data })
    expect(packet).to.equal(`2${JSON.stringify(['x', { v: 1, peers: TEXT }])}`)
    expect(textPreparer(encoder)(TEXT)).to.not.equal(TEXT)
  })

  it('is the text itself with any other parser', () => {
    const binary = { encode: () => [Buffer.from('binary')] }
    const failing = {
      encode: () => {
        throw new Error('cannot encode that')
      },
    }
    expect(textPreparer(binary)(TEXT)).to.equal(TEXT)
    expect(textPreparer(failing)(TEXT)).to.equal(TEXT)
  })
})
