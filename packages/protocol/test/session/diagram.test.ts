import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'chai'
import { diagrams } from './diagram.ts'

const PAGE = resolve(import.meta.dirname, '../../../../docs/handshake.md')
const BEGIN =
  '<!-- drawn from the tables: UPDATE_DOCS=1 npx mocha packages/protocol/test/session/diagram.test.ts -->\n'
const END = '<!-- end -->\n'

describe('docs/handshake.md', () => {
  it('HS-6 HS-15 shows the tables as they are', () => {
    const page = readFileSync(PAGE, 'utf8')
    const from = page.indexOf(BEGIN) + BEGIN.length
    const to = page.indexOf(END)
    expect(from, 'the begin mark').to.be.greaterThan(BEGIN.length - 1)
    expect(to, 'the end mark').to.be.greaterThan(from - 1)
    if (process.env.UPDATE_DOCS) writeFileSync(PAGE, page.slice(0, from) + diagrams() + page.slice(to))
    else expect(page.slice(from, to)).to.equal(diagrams())
  })
})
