/**
 * Bundles the first example into `packages/server/dist/page`, where the
 * ready-made server finds it and where the published package carries it.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = join(ROOT, 'examples/01-chat-and-files')
const TARGET = process.argv[2] ?? join(ROOT, 'packages/server/dist/page')

const { metafile } = await build({
  entryPoints: { app: join(SOURCE, 'main.ts'), style: join(SOURCE, 'style.css') },
  outdir: TARGET,
  absWorkingDir: ROOT,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  conditions: ['@socket-star/source'],
  metafile: true,
  write: false,
}).then(({ outputFiles, metafile }) => {
  rmSync(TARGET, { recursive: true, force: true })
  mkdirSync(TARGET, { recursive: true })
  for (const { path, contents } of outputFiles) writeFileSync(path, contents)
  return { metafile }
})

const names = Object.keys(metafile.outputs).map((path) => basename(path))
const named = (start: string) => names.find((name) => name.startsWith(start)) ?? ''
const html = readFileSync(join(SOURCE, 'index.html'), 'utf8')
  .replace('main.ts', named('app-'))
  .replace('style.css', named('style-'))
writeFileSync(join(TARGET, 'index.html'), html)
cpSync(join(SOURCE, 'icon.svg'), join(TARGET, 'icon.svg'))
