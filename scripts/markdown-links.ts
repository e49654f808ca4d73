/** Whether the links of Markdown files lead somewhere, as the sites that show them resolve links and anchors. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const INLINE = /\]\(\s*<?([^\s)>]+)>?[^)]*\)/g
const REFERENCE = /^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm
const HTML = /\s(?:href|src)="([^"]*)"/g
const ELSEWHERE = /^[a-z][a-z0-9+.-]*:/i

/**
 * The links of `file` that lead nowhere, each as it stands there: to a file that
 * does not exist or is not below `root`, or to an anchor that no heading has.
 * Links with a scheme are not followed.
 */
export function brokenLinks(file: string, root: string): string[] {
  const text = prose(readFileSync(file, 'utf8'))
  const targets = [INLINE, REFERENCE, HTML].flatMap((form) =>
    [...text.matchAll(form)].map(([, target]) => target ?? ''),
  )
  return targets.filter((target) => !ELSEWHERE.test(target) && !leadsSomewhere(target, file, root))
}

function leadsSomewhere(target: string, file: string, root: string): boolean {
  const [path = '', anchor] = target.split('#', 2)
  const found = path === '' ? file : resolve(dirname(file), decodeURI(path))
  if (relative(root, found).startsWith('..') || !existsSync(found)) return false
  return anchor === undefined || anchors(readFileSync(found, 'utf8')).has(anchor)
}

/** The anchors that a document's headings get: the second of one name ends in `-1`. */
function anchors(markdown: string): Set<string> {
  const taken = new Set<string>()
  for (const [, heading = ''] of withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    let name = slug
    for (let n = 1; taken.has(name); n++) name = `${slug}-${n}`
    taken.add(name)
  }
  return taken
}

function prose(markdown: string): string {
  return withoutFences(markdown).replace(/(`+)[^`].*?\1/g, '')
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^(```+|~~~+)[\s\S]*?^\1/gm, '')
}

/** Every broken link of some files below `root`, with the file's name. */
export function brokenLinksOf(files: readonly string[], root: string): string[] {
  return files.flatMap((file) => brokenLinks(join(root, file), root).map((target) => `${file}: ${target}`))
}
