import { join } from 'node:path'
import { expect } from 'chai'
import { findNames } from '../../scripts/browser-build/names.ts'

const SAMPLE = join(import.meta.dirname, 'sample')

describe('the names that are shorter in the browser build', () => {
  const inside = join(SAMPLE, 'inside')
  const { short, kept } = findNames(
    {
      config: join(SAMPLE, 'tsconfig.json'),
      index: join(SAMPLE, 'index.ts'),
      root: SAMPLE,
      bundled: [inside],
    },
    [join(inside, 'counter.ts')],
  )

  it('are those of members of what is made in it and stays there', () => {
    expect(short).to.deep.equal(['anything', 'count', 'countedHere', 'implementedHere', 'made', 'madeHere'])
  })

  for (const [name, reason] of [
    ['shownDirectly', 'public'],
    ['shownBelow', 'public'],
    ['shownInArgument', 'public'],
    ['size', 'outside'],
    ['foreignName', 'described'],
    ['sentDirectly', 'given'],
    ['sentBelow', 'given'],
    ['returnedAsAnything', 'given'],
    ['readByKey', 'key'],
    ['listedAsKey', 'key'],
    ['pickedByText', 'text'],
    ['toJSON', 'language'],
  ] as const) {
    it(`are not ${name}: ${reason}`, () => {
      expect(kept.get(name)).to.include(reason)
    })
  }
})
