/**
 * Checks what a user would install, not what lies in the tree: packs every
 * package, runs publint and are-the-types-wrong on the tarballs, installs them
 * together in an empty project, and imports, requires and starts them there.
 * The links of what they carry to read have to lead somewhere within each, and
 * the examples of the READMEs to have the types that the packages ship.
 */
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { brokenLinksOf } from './markdown-links.ts'
import { checkExamples } from './readme-types.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** A package whose unpacked size is past this ships something it should not. */
const MAX_UNPACKED_BYTES = 3_000_000

/** What no application may be stricter about, the declarations of the packages included. */
const STRICT = [
  ...'--noEmit --strict --skipLibCheck false --target es2023 --types node --typeRoots'.split(' '),
  join(ROOT, 'node_modules/@types'),
]

interface Packed {
  name: string
  filename: string
  unpackedSize: number
  files: { path: string }[]
}

const work = mkdtempSync(join(tmpdir(), 'socket-star-pack-'))
try {
  const tarballs = readdirSync(join(ROOT, 'packages')).map((folder) =>
    checkOne(join(ROOT, 'packages', folder)),
  )
  useTogether(tarballs)
  await useInBrowsers()
  useWithVersion2(tarballs)
  checkTypesWithOldestPeers(tarballs)
  console.log(`${tarballs.length} packages: packed, linted, installed and used`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function checkOne(folder: string): string {
  const json = run('npm', ['pack', '--json', '--pack-destination', work], folder)
  const packed = firstPacked(JSON.parse(json))
  for (const { path } of packed.files) {
    if (/(?:^|\/)(?:test|node_modules)\/|\.tsbuildinfo$/.test(path))
      throw new Error(`${packed.name} ships ${path}`)
  }
  for (const needed of ['README.md', 'LICENSE']) {
    if (!packed.files.some(({ path }) => path === needed))
      throw new Error(`${packed.name} ships no ${needed}`)
  }
  if (packed.unpackedSize > MAX_UNPACKED_BYTES) {
    throw new Error(`${packed.name} unpacks to ${packed.unpackedSize} bytes, more than ${MAX_UNPACKED_BYTES}`)
  }
  const tarball = join(work, packed.filename)
  run('publint', ['run', tarball, '--strict'], ROOT)
  // ES modules alone, on purpose: CommonJS hosts require() them on Node 22.12 and later
  run('attw', [tarball, '--profile', 'esm-only'], ROOT)
  return tarball
}

/** npm 11 prints an array, npm 12 an object keyed by name. */
function firstPacked(output: Packed[] | Record<string, Packed>): Packed {
  const [packed] = Object.values(output)
  if (packed === undefined) throw new Error('npm pack printed no package')
  return packed
}

function useTogether(tarballs: readonly string[]): void {
  writeFileSync(join(work, 'package.json'), '{ "name": "host", "private": true }')
  run('npm', ['install', '--no-audit', '--no-fund', 'socket.io@4', 'socket.io-client@4', ...tarballs], work)
  checkWhatIsRead(tarballs)
  const readmes = tarballs.map((tarball) => join(installed(tarball), 'README.md'))
  checkExamples([join(ROOT, 'README.md'), ...readmes], join(work, 'examples'), (args) =>
    run('tsc', [...STRICT, ...args], work),
  )
  const entries = tarballs.flatMap((tarball) => entryPoints(packageOf(tarball)))
  for (const entry of entries) {
    run('node', ['--input-type=module', '-e', `await import(${JSON.stringify(entry)})`], work)
    run('node', ['--input-type=commonjs', '-e', `require(${JSON.stringify(entry)})`], work)
  }
  const version = run(join(work, 'node_modules/.bin/socket-star'), ['--version'], work).trim()
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`socket-star --version printed ${version}`)
}

/** Browsers get a build of their own; a server that renders pages gets what Node gets. */
async function useInBrowsers(): Promise<void> {
  const code = `import { joinStar, wrap } from '@socket-star/client'\nglobalThis.client = [joinStar, wrap]`
  for (const platform of ['browser', 'node'] as const) {
    const { metafile } = await build({
      stdin: { contents: code, resolveDir: work },
      bundle: true,
      write: false,
      metafile: true,
      platform,
    })
    const ours = Object.keys(metafile.inputs).filter((path) => path.includes('@socket-star/client/'))
    const inBuild = ours.filter((path) => path.includes('/dist/browser/'))
    if (ours.length === 0 || inBuild.length !== (platform === 'browser' ? ours.length : 0))
      throw new Error(`for ${platform} the client is ${ours.join(', ')}`)
  }
}

/** The specification is in the protocol's package, which the other READMEs name for it. */
function checkWhatIsRead(tarballs: readonly string[]): void {
  for (const tarball of tarballs) {
    const folder = installed(tarball)
    const documents = globSync('**/*.md', { cwd: folder })
    const broken = brokenLinksOf(documents, folder)
    if (broken.length > 0) throw new Error(`links that lead nowhere in ${tarball}: ${broken.join(', ')}`)
  }
  const specification = readFileSync(join(work, 'node_modules/@socket-star/protocol/PROTOCOL.md'), 'utf8')
  if (specification !== readFileSync(join(ROOT, 'PROTOCOL.md'), 'utf8'))
    throw new Error('another PROTOCOL.md was packed')
}

/** For a legacy server the application brings socket.io-client 2, which npm must let stand beside the client. */
function useWithVersion2(tarballs: readonly string[]): void {
  const folder = join(work, 'version-2')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "host", "private": true, "type": "module" }')
  const client = tarballs.filter((tarball) => packageOf(tarball) !== 'server')
  run('npm', ['install', '--no-audit', '--no-fund', 'socket.io-client@2', ...client], folder)
  const code = `import io from 'socket.io-client'
    import { wrap } from '@socket-star/client'
    wrap(io('http://127.0.0.1:9', { autoConnect: false })).emit('waits')`
  run('node', ['--input-type=module', '-e', code], folder)
}

/** The types name nothing that the oldest Socket.IO that may stand beside them does not have. */
function checkTypesWithOldestPeers(tarballs: readonly string[]): void {
  const folder = join(work, 'oldest')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "host", "private": true, "type": "module" }')
  const peers = ['socket.io@4.7.0', 'socket.io-client@4.7.0']
  run('npm', ['install', '--no-audit', '--no-fund', ...peers, ...tarballs], folder)
  const code = `import { starMiddleware } from '@socket-star/server'
    import { wrap } from '@socket-star/client'
    import { Server } from 'socket.io'
    import { io } from 'socket.io-client'
    new Server().use(starMiddleware().on('session', (session) => session.emit('news')))
    wrap(io('')).emit('chat')`
  writeFileSync(join(folder, 'host.ts'), code)
  run('tsc', [...STRICT, '--module', 'nodenext', 'host.ts'], folder)
}

function installed(tarball: string): string {
  return join(work, 'node_modules/@socket-star', packageOf(tarball))
}

function packageOf(tarball: string): string {
  const folder = /socket-star-([a-z0-9-]+?)-\d/.exec(tarball.slice(work.length))?.[1]
  if (folder === undefined) throw new Error(`which package is in ${tarball}?`)
  return folder
}

function entryPoints(folder: string): string[] {
  const { name, exports } = JSON.parse(
    readFileSync(join(work, 'node_modules/@socket-star', folder, 'package.json'), 'utf8'),
  )
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1))
}

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}`)
  }
}
