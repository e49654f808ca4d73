import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ERROR_TEXTS } from '@socket-star/protocol'
import { expect } from 'chai'

const ROOT = resolve(import.meta.dirname, '../..')
const CLAUSE = /\b(?:NET|ERR|ADDR|JOIN|DISC|DIAL|PS|LIM|HS|SES|CH|ROOM|OPS)-\d+\b/g
const DEFINITION = /^- \*\*([A-Z]+-\d+)\*\* /gm

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const defined = [...read('PROTOCOL.md').matchAll(DEFINITION)].map((match) => match[1] ?? '')
const gaps = new Set(read('docs/protocol-gaps.md').match(CLAUSE) ?? [])

function namedIn(patterns: readonly string[]): Map<string, string> {
  const named = new Map<string, string>()
  for (const pattern of patterns) {
    for (const path of globSync(pattern, { cwd: ROOT, exclude: (name) => name.includes('node_modules') })) {
      for (const id of read(path).match(CLAUSE) ?? []) named.set(id, path)
    }
  }
  return named
}

describe('the clauses of PROTOCOL.md', () => {
  it('are each defined once', () => {
    expect(defined.length).to.be.greaterThan(20)
    expect(defined.filter((id, at) => defined.indexOf(id) !== at)).to.deep.equal([])
  })

  it('are each named by a test, or by docs/protocol-gaps.md', () => {
    const tested = namedIn(['packages/*/test/**/*.ts', 'test/**/*.test.ts'])
    expect(defined.filter((id) => !tested.has(id) && !gaps.has(id))).to.deep.equal([])
    expect([...gaps].filter((id) => tested.has(id))).to.deep.equal([], 'a gap that a test names is no gap')
  })

  it('exist wherever code, tests or documents name them', () => {
    const named = namedIn([
      'packages/*/{src,test}/**/*.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
      'docs/**/*.md',
      'PROTOCOL.md',
    ])
    const unknown = [...named].filter(([id]) => !defined.includes(id))
    expect(unknown).to.deep.equal([])
  })

  it('ERR-1 list every error code of the registry, with its meaning', () => {
    const registry = Object.entries(ERROR_TEXTS).map(([code, meaning]) => `${code}: ${meaning}`)
    const rows = [...read('PROTOCOL.md').matchAll(/^\| `(ERR_[A-Z0-9_]+)` +\| (.+?) +\|$/gm)]
    expect(rows.map(([, code, meaning]) => `${code}: ${meaning}`)).to.deep.equal(registry)
  })
})
