import { expect } from 'chai'
import { readOffer } from '../../examples/01-chat-and-files/receive-file.ts'
import { shownText } from '../../examples/01-chat-and-files/text.ts'

describe('what the page shows of others', () => {
  it('has no characters that hide or turn what is around them', () => {
    expect(shownText('photo\u202egpj.exe', 50)).to.equal('photogpj.exe')
    expect(shownText(' Ada\u0000\u001b[31m\u2066\n ', 50)).to.equal('Ada[31m')
    expect(shownText('x\ud83d', 50)).to.equal('x\ufffd')
    expect(shownText('שלום 👩‍🚀 नमस्ते', 50)).to.equal('שלום 👩‍🚀 नमस्ते')
  })

  it('is bounded, and empty for what is not text', () => {
    expect(shownText('a'.repeat(99), 10)).to.have.length(10)
    for (const value of [undefined, null, 7, {}, ['a']]) expect(shownText(value, 10)).to.equal('')
  })

  it('reads offers of files that make sense', () => {
    expect(readOffer({ type: 'file', name: 'a\u202eb', size: 3 })).to.deep.equal({ name: 'ab', size: 3 })
    expect(readOffer({ type: 'file', name: '\u202e', size: 3 })?.name).to.equal('file')
    for (const size of [-1, 0.5, Number.NaN, '3', undefined]) {
      expect(readOffer({ type: 'file', name: 'a', size })).to.equal(undefined)
    }
  })
})
