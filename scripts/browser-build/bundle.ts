import { join, resolve, sep } from 'node:path'
import { type BuildOptions, type BuildResult, build, type Plugin } from 'esbuild'
import { findNames, type Names } from './names.ts'
import type { Place } from './program.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CLIENT = join(ROOT, 'packages/client/src')
const PROTOCOL = join(ROOT, 'packages/protocol/src')
/** What is bundled: the client, and of the protocol what no other package of a page has. */
const BUNDLED = [CLIENT, join(PROTOCOL, 'channel'), join(PROTOCOL, 'session')]

const PLACE: Place = {
  config: join(import.meta.dirname, 'tsconfig.json'),
  index: join(CLIENT, 'index.ts'),
  root: join(ROOT, 'packages'),
  bundled: BUNDLED,
}

/** Where the build lies in the client's package. */
export const TARGET = join(ROOT, 'packages/client/dist/browser')

/** A file of the build, or its map. */
interface BuiltFile {
  readonly path: string
  readonly contents: Uint8Array
  readonly text: string
}

/** The client as browsers and bundlers for browsers get it. */
export interface BrowserBuild {
  /** What the package's name leads to. */
  readonly entry: string
  readonly files: readonly BuiltFile[]
  readonly names: Names
  /** The names that are shorter, and what they are. */
  readonly shorter: Readonly<Record<string, string | false>>
}

/** Makes it; nothing is written. `folder`: where its files are to lie. */
export async function bundleClient(folder: string = TARGET): Promise<BrowserBuild> {
  const names = findNames(PLACE, inputsOf(await run({ outdir: folder, metafile: true })))
  const { outputFiles = [], mangleCache = {} } = await run({
    outdir: folder,
    minify: true,
    mangleProps: new RegExp(`^(${names.short.join('|')})$`),
    mangleCache: {},
    sourcemap: 'linked',
    sourcesContent: false,
  })
  return { entry: join(folder, 'index.js'), files: outputFiles, names, shorter: mangleCache }
}

function run(options: BuildOptions): Promise<BuildResult> {
  return build({
    // whoever only wraps is not to have the peers, not even what a bundler cannot prove to be without effect
    entryPoints: ['index.ts', 'wrap.ts', 'peers/join-star.ts'].map((file) => join(CLIENT, file)),
    entryNames: '[name]',
    absWorkingDir: ROOT,
    chunkNames: 'client-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    // fields as assignments: shorter, and no different where no field overrides an accessor, which TypeScript forbids
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    write: false,
    plugins: [border],
    ...options,
  })
}

/** The sources that are in the build. */
function inputsOf({ metafile }: BuildResult): string[] {
  return Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [join(ROOT, path)] : [],
    ),
  )
}

/**
 * What is bundled ends here: sessions and their Channel, which no other package of a page has, are in the build; what
 * streams, peers and applications use as well is imported from its package, so that a page has it once.
 */
const border: Plugin = {
  name: 'border',
  setup({ onResolve }) {
    onResolve({ filter: /^@?\w/ }, ({ path, kind }) => {
      if (kind === 'entry-point') return undefined
      const part = /^@socket-star\/protocol\/(\w+)$/.exec(path)?.[1]
      const file = join(PROTOCOL, part ?? '', 'index.ts')
      return part && isBundled(file) ? { path: file, sideEffects: false } : { path, external: true }
    })
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      isBundled(resolve(resolveDir, path)) ? undefined : { path: '@socket-star/protocol', external: true },
    )
  },
}

function isBundled(file: string): boolean {
  return BUNDLED.some((folder) => file.startsWith(folder + sep))
}
