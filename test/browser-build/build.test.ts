import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { expect } from 'chai'
import { bundleClient } from '../../scripts/browser-build/bundle.ts'

const ROOT = resolve(import.meta.dirname, '../..')

describe('the browser build of the client', () => {
  const first = bundleClient()

  it('holds each source once, of sessions and their Channel beside its own, and its maps lead to them', async () => {
    const { files } = await first
    const sources = files
      .filter(({ path }) => path.endsWith('.map'))
      .flatMap(({ path, text }) =>
        (JSON.parse(text).sources as string[]).map((source) => resolve(dirname(path), source)),
      )
    expect(sources.length).to.be.greaterThan(50)
    expect(new Set(sources).size).to.equal(sources.length)
    for (const source of sources) {
      expect(relative(ROOT, source)).to.match(/^packages\/(client|protocol)\/src\//)
      expect(relative(ROOT, source)).not.to.match(/^packages\/protocol\/src\/(?!channel\/|session\/)/)
      expect(existsSync(source), source).to.equal(true)
    }
  })

  it('has the same names shorter, and as short, each time', async () => {
    const [one, other] = await Promise.all([first, bundleClient()])
    expect(one.shorter).to.deep.equal(other.shorter)
    expect(one.files.map(({ text }) => text)).to.deep.equal(other.files.map(({ text }) => text))
  })
})
