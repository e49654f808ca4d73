/**
 * Has a package carry documents of the repository while it is packed: run in
 * its folder with `add` before, and with `remove` after it. A link that leads
 * nowhere from there is left as its text.
 */
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { brokenLinks } from './markdown-links.ts'

const ROOT = resolve(import.meta.dirname, '..')
const [task, ...documents] = process.argv.slice(2)
const folder = process.cwd()

for (const document of documents) {
  const copy = join(folder, document)
  if (task === 'add') add(document, copy)
  else remove(copy)
}

function add(document: string, copy: string): void {
  mkdirSync(dirname(copy), { recursive: true })
  const text = readFileSync(join(ROOT, document), 'utf8')
  writeFileSync(copy, text)
  const broken = new Set(brokenLinks(copy, folder))
  writeFileSync(
    copy,
    text.replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (link, words, target) => (broken.has(target) ? words : link)),
  )
}

function remove(copy: string): void {
  rmSync(copy)
  if (dirname(copy) !== folder) rmdirSync(dirname(copy))
}
