import { expect } from 'chai'
import { decodeSaved, encodeSaved, type Saved } from '../../src/session/saved.ts'

/** Saved, and read by the next document. */
function reloaded(pending: unknown): unknown {
  const saved = { v: 3, token: 'secret', channel: { pending } } as unknown as Saved
  const read = decodeSaved(encodeSaved(saved)) as unknown as { channel: { pending: unknown } }
  return read.channel.pending
}

describe('a saved session', () => {
  it('SES-18 keeps the bytes of messages, also those that a browser handed out as ArrayBuffers', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
    expect(reloaded(['json', bytes])).to.deep.equal(['json', bytes.buffer])
    expect(reloaded(['json', bytes.buffer])).to.deep.equal(['json', bytes.buffer])
  })

  it('SES-18 of another version, or of nobody, is none', () => {
    for (const text of [null, '', '{', 'null', '7', '{"v":1,"token":"secret"}'])
      expect(decodeSaved(text), String(text)).to.equal(undefined)
  })
})
