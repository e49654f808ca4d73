import { expect } from 'chai'
import { createIdleCollector, WORTH_COLLECTING_BYTES } from '../../src/cli/memory.ts'

describe('the memory of the command', () => {
  let bytes: number
  let collections: number
  let look: () => void

  beforeEach(() => {
    bytes = 1_000
    collections = 0
    look = createIdleCollector(
      () => bytes,
      () => {
        collections++
        bytes = 2_000
      },
    )
  })

  it('is collected once traffic has come to rest', () => {
    bytes += WORTH_COLLECTING_BYTES
    look()
    expect(collections, 'it has just moved').to.equal(0)
    look()
    expect(collections).to.equal(1)
    look()
    look()
    expect(collections, 'there is nothing new').to.equal(1)
  })

  it('is left alone while bytes move, and when there is little', () => {
    for (let n = 0; n < 10; n++) {
      bytes += WORTH_COLLECTING_BYTES
      look()
    }
    expect(collections).to.equal(0)
    bytes = WORTH_COLLECTING_BYTES - 1
    look()
    look()
    expect(collections).to.equal(0)
  })

  it('is not collected again and again when it is in use', () => {
    const inUse = 10 * WORTH_COLLECTING_BYTES
    look = createIdleCollector(
      () => inUse,
      () => collections++,
    )
    for (let n = 0; n < 10; n++) look()
    expect(collections).to.equal(1)
  })

  it('that was given back counts anew', () => {
    bytes += WORTH_COLLECTING_BYTES
    look()
    look()
    bytes = 0
    look()
    bytes = WORTH_COLLECTING_BYTES
    look()
    look()
    expect(collections).to.equal(2)
  })
})
