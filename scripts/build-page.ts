/**
 * Bundles the first example into `packages/server/dist/page`, where the
 * ready-made server finds it and where the published package carries it.
 */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = join(ROOT, 'examples/01-chat-and-files')
const TARGET = process.argv[2] ?? join(ROOT, 'packages/server/dist/page')

const { outputFiles } = await build({
  entryPoints: { app: join(SOURCE, 'main.ts'), style: join(SOURCE, 'style.css') },
  outdir: TARGET,
  absWorkingDir: ROOT,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  conditions: ['@socket-star/source'],
  write: false,
})

const names = outputFiles.map(({ path }) => basename(path))
const named = (start: string) => names.find((name) => name.startsWith(start)) ?? ''
const html = readFileSync(join(SOURCE, 'index.html'), 'utf8')
  .replace('main.ts', named('app-'))
  .replace('style.css', named('style-'))

// each is put in its place whole, and what it needs before it: a server may start meanwhile
const staging = `${TARGET}.new`
rmSync(staging, { recursive: true, force: true })
mkdirSync(staging, { recursive: true })
mkdirSync(TARGET, { recursive: true })
const icon = 'icon.svg'
const page = 'index.html'
const needed = [...names, icon]
for (const { path, contents } of outputFiles) writeFileSync(join(staging, basename(path)), contents)
copyFileSync(join(SOURCE, icon), join(staging, icon))
writeFileSync(join(staging, page), html)
for (const name of [...needed, page]) renameSync(join(staging, name), join(TARGET, name))
for (const name of readdirSync(TARGET)) {
  if (name !== page && !needed.includes(name)) rmSync(join(TARGET, name), { recursive: true })
}
rmSync(staging, { recursive: true })
