import { readFileSync } from 'node:fs'

/** The code blocks of a Markdown file that are in one of the languages, in their order. */
export function codeBlocks(file: string | URL, ...languages: readonly string[]): string[] {
  const fence = new RegExp(`^\`\`\`(?:${languages.join('|')})\\n([\\s\\S]*?)^\`\`\``, 'gm')
  return [...readFileSync(file, 'utf8').matchAll(fence)].map(([, code = '']) => code)
}
