import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** The members that an exported interface declares itself, in `packages/…/src/….ts`. */
export function membersOf(file: string, name: string): string[] {
  const text = read(`packages/${file}`)
  const body = new RegExp(`^export interface ${name}\\b[\\s\\S]*?\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text)?.[1]
  if (body === undefined) throw new Error(`${file} exports no interface ${name}`)
  return [
    ...new Set(
      [...body.matchAll(/^ {2}(?:readonly )?'?([\w-]+)'?\??[:(<]/gm)].map(([, member = '']) => member),
    ),
  ]
}

/** The words that a document has in `code`, within its text. */
export function codeWords(markdown: string): Set<string> {
  const spans = [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/(`+)(.+?)\1/g)]
  return new Set(spans.flatMap(([, , code = '']) => code.match(/[\w-]+/g) ?? []))
}

/** A row of a document's tables: the names in its first cell, the titles above it, and the text of the other cells. */
export interface Row {
  readonly names: readonly string[]
  readonly titles: readonly string[]
  readonly rest: string
}

export function rowsOf(markdown: string): Row[] {
  const rows: Row[] = []
  for (const [table] of markdown.matchAll(/(?:^\|.*\|\n)+/gm)) {
    const [titles = [], , ...lines] = table.trim().split('\n').map(cells)
    for (const [first = '', ...others] of lines) {
      const names = [...first.matchAll(/`([\w-]+)[^`]*`/g)].map(([, name = '']) => name)
      rows.push({ names, titles, rest: others.join(' | ') })
    }
  }
  return rows
}

const cells = (line: string): string[] =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())

const UNITS: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, s: 1000, minutes: 60_000 }

/** The quantities that a text names, in bytes and milliseconds where it has a unit. */
export function quantities(text: string): number[] {
  return [...text.matchAll(/(?<![\w-])(\d{1,3}(?:[ ,]\d{3})+|\d+)(?!\d)(?: (KiB|MiB|s|minutes)\b)?/g)].map(
    ([, digits = '', unit = '']) => Number(digits.replace(/[ ,]/g, '')) * (UNITS[unit] ?? 1),
  )
}
