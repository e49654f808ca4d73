/**
 * Faults in the code that ships, one at a time: the simulation has to catch every one of them. Each is an edit of a
 * source's text, and what is run is a bundle of the simulation with it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { simulate } from './simulation.ts'

/** One edit: the text has to stand in the file once. */
export interface Mutant {
  readonly file: string
  readonly text: string
  readonly becomes: string
  /** The number of a schedule that catches it, where few do: the search begins there. */
  readonly from?: number
}

const CLIENT = 'packages/client/src/peers/'
const SERVER = 'packages/server/src/rendezvous/'

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a sample of the reply that is told after a list': {
    file: `${CLIENT}discovery.ts`,
    text: 'if (!this.list.following) this.#tell(this.list.sample',
    becomes: 'this.#tell(this.list.sample',
  },
  'a peer that is told what is known amid a list and not of the changes behind it': {
    file: `${CLIENT}peer.ts`,
    text: 'added: discovery.told',
    becomes: 'added: [...list.addresses]',
    from: 1_295,
  },
  'a client that takes itself for a watcher when its last address went': {
    file: `${CLIENT}hub.ts`,
    text: "status !== 'joined')) this.discovery.lost()",
    becomes: "status !== 'joined')) return",
  },
  'two joins that ask for the list at once': {
    file: `${CLIENT}discovery.ts`,
    text: ' || this.#expecting !== undefined || this.#gaveUp',
    becomes: ' || this.#gaveUp',
    from: 1_195,
  },
  'a join that is left when the next one has begun': {
    file: `${CLIENT}join.ts`,
    text: "signal.addEventListener('abort', onAbort)",
    becomes: '',
    from: 260,
  },
  'events for a peer that has left': {
    file: `${CLIENT}peer.ts`,
    text: "if (this.#status === 'left') return\n      if (this.peers.delete",
    becomes: 'if (this.peers.delete',
    from: 525,
  },
  'a change that is not looked at for its version': {
    file: `${CLIENT}peer-list.ts`,
    text: 'if (v !== known.v + 1) {',
    becomes: 'if (v < known.v) {',
    from: 3_076,
  },
  'one change that was missed and shows no gap': {
    file: `${SERVER}discovery.ts`,
    text: 'v: version + 1',
    becomes: 'v: version',
    from: 823,
  },
  'a list that outlives changes of which nobody was told': {
    file: `${SERVER}watcher-feed.ts`,
    text: 'this.#forget()\n      return',
    becomes: 'return',
  },
  'a list without the changes behind it': {
    file: `${SERVER}watcher-feed.ts`,
    text: 'updates: [...updates, change]',
    becomes: 'updates',
  },
  'a list that is gone on from by a change too few': {
    file: `${SERVER}last-changes.ts`,
    text: 'this.#changes.length - count\n',
    becomes: 'this.#changes.length - count + 1\n',
  },
  'changes that are gone on from although nobody was told of some': {
    file: `${SERVER}watcher-feed.ts`,
    text: 'this.#changes.clear()',
    becomes: '',
  },
  'a list of another server that is gone on from': {
    file: `${SERVER}watcher-feed.ts`,
    text: 'id === this.#options.id ? ',
    becomes: 'id !== undefined ? ',
  },
  'a sample of the reply that is told amid the changes of a list': {
    file: `${CLIENT}discovery.ts`,
    text: 'if (this.list.resuming) return\n',
    becomes: '',
  },
  'a list from before that is told of unconfirmed': {
    file: `${CLIENT}discovery.ts`,
    text: 'this.#gathered.add(this.list.takeBack())',
    becomes: 'this.#tell(this.list.takeBack())',
  },
  'an earlier holder who goes on being told of others': {
    file: `${SERVER}joins.ts`,
    text: 'if (previous.addresses.size === 0) this.#options.discovery.exit(previous)',
    becomes: '',
  },
  'an earlier holder who is not told': {
    file: `${SERVER}discovery.ts`,
    text: 'if (member.hasWatched) this.#tellTaken(member)',
    becomes: '',
  },
  'legacy clients that are told of themselves': {
    file: `${SERVER}discovery.ts`,
    text: 'except: entry.owner.socket,',
    becomes: '',
  },
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Where packages are found from. */
const OUTPUT = join(ROOT, 'node_modules/.cache')

/** The simulation of code with a fault in it. */
export async function mutated(mutant: Mutant): Promise<typeof simulate> {
  mkdirSync(OUTPUT, { recursive: true })
  const directory = mkdtempSync(join(OUTPUT, 'mutant-'))
  const outfile = join(directory, 'simulation.mjs')
  try {
    await build({
      entryPoints: [fileURLToPath(new URL('simulation.ts', import.meta.url))],
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@socket-star/source'],
      plugins: [othersStayOutside, edits(mutant)],
      outfile,
    })
    const { simulate } = await import(pathToFileURL(outfile).href)
    return simulate
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Only our own packages are bundled. */
const othersStayOutside: Plugin = {
  name: 'others stay outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === 'entry-point' || path.startsWith('@socket-star/') ? undefined : { external: true },
    )
  },
}

function edits({ file, text, becomes }: Mutant): Plugin {
  const place = join(ROOT, file)
  return {
    name: 'one edit',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== place) return undefined
        const parts = readFileSync(path, 'utf8').split(text)
        if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${text}`)
        return { contents: parts.join(becomes), loader: 'ts' }
      })
    },
  }
}
