/**
 * Builds `packages/client/dist/browser`, what the client's package gives to browsers: see docs/decisions/0016. With
 * `--names` it tells which names of properties are shorter there, and why the others are not.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { bundleClient, TARGET } from './browser-build/bundle.ts'

const { files, names } = await bundleClient()
rmSync(TARGET, { recursive: true, force: true })
mkdirSync(TARGET, { recursive: true })
for (const { path, contents } of files) writeFileSync(path, contents)
if (process.argv.includes('--names')) {
  console.log(names.short.join(' '))
  for (const [name, reasons] of names.kept) console.log(`${name}: ${[...reasons].join(', ')}`)
}
