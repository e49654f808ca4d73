import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { brokenLinks, brokenLinksOf } from '../../scripts/markdown-links.ts'

const ROOT = resolve(import.meta.dirname, '../..')

const documents = (pattern: string, root: string) =>
  globSync(pattern, { cwd: root, exclude: (path) => path.includes('node_modules') })

describe('the links of Markdown', () => {
  it('lead somewhere within the repository', () => {
    const files = documents('**/*.md', ROOT)
    expect(files).to.include.members(['README.md', 'docs/architecture.md', 'packages/client/README.md'])
    expect(brokenLinksOf(files, ROOT)).to.deep.equal([])
  })

  for (const name of documents('*', join(ROOT, 'packages'))) {
    it(`lead nowhere out of ${name}, which is published by itself`, () => {
      const folder = join(ROOT, 'packages', name)
      expect(brokenLinksOf(documents('*.md', folder), folder)).to.deep.equal([])
    })
  }

  it('are text in a README where a document is, if that is in another package', () => {
    const filesOf = (name: string): string[] =>
      JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')).files
    for (const name of documents('*', join(ROOT, 'packages'))) {
      const readme = readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8')
      const named = new Set([...readme.matchAll(/`([\w./-]+\.md)`/g)].map(([, document = '']) => document))
      for (const document of named) {
        const elsewhere = readme.split(`\`${document}\` in \`@socket-star/`)[1]?.split('`')[0]
        expect(filesOf(elsewhere ?? name), `${document} in the README of ${name}`).to.include(document)
      }
    }
  })

  it('are found broken when they are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'star-links-'))
    try {
      const file = join(folder, 'a.md')
      writeFileSync(join(folder, 'b.md'), '# One\n\n## `two` & [three](a.md)\n\n# One\n\n```\n# none\n```\n')
      const good = ['b.md', './b.md#one', 'b.md#one-1', 'b.md#two--three', '#own', 'https://example.org/x']
      const bad = ['c.md', 'b.md#none', 'b.md#one-2', '#other', '../b.md', '/b.md']
      const links = [...good, ...bad].map((target) => `- [x](${target})`)
      const code = '`[x](in-code.md)`\n\n```md\n[x](in-fence.md)\n```\n'
      writeFileSync(file, `# Own\n\n${links.join('\n')}\n\n${code}\n[y]: d.md\n\n<img src="e.png">\n`)
      expect(brokenLinks(file, folder)).to.deep.equal([...bad, 'd.md', 'e.png'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
