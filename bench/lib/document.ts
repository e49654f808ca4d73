import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const DOCUMENT = join(import.meta.dirname, '../../docs/performance.md')
const FENCE = '```'

/**
 * Puts the lines of a report into docs/performance.md, between the two comments
 * that name its benchmark. Throws when the page has no place for it.
 */
export async function document(name: string, lines: readonly string[]): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8')
  const begin = `<!-- bench ${name} -->\n`
  const end = `<!-- end ${name} -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no place for ${name}: ${begin.trim()}`)
  const block = [FENCE, ...lines, FENCE, ''].join('\n')
  await writeFile(DOCUMENT, text.slice(0, from + begin.length) + block + text.slice(to))
}
