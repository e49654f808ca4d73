import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect } from 'chai'

const ROOT = resolve(import.meta.dirname, '../..')

/** Which packages of the suite each package may import: the arrows of docs/architecture.md. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  'pull-stream': ['protocol'],
  server: ['protocol', 'pull-stream'],
  client: ['protocol', 'pull-stream'],
  libp2p: ['protocol', 'pull-stream', 'client'],
}

/** What the protocol is handed from outside instead: clocks, timers, randomness and sockets. */
const AMBIENT =
  /\b(?:Date\.now|new Date\b|Math\.random|performance\.|setTimeout|setInterval|setImmediate|queueMicrotask|process\.|crypto\.|globalThis|WebSocket\()/

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g

function sourcesOf(folder: string): { file: string; text: string; imports: string[] }[] {
  return globSync('src/**/*.ts', { cwd: join(ROOT, 'packages', folder) }).map((path) => {
    const file = join(ROOT, 'packages', folder, path)
    const text = readFileSync(file, 'utf8')
    return {
      file: relative(ROOT, file),
      text,
      imports: [...withoutComments(text).matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? ''),
    }
  })
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

describe('the direction of imports', () => {
  const folders = globSync('*', { cwd: join(ROOT, 'packages') })

  it('is stated for every package', () => {
    expect(MAY_IMPORT).to.include.keys(folders)
  })

  for (const folder of folders) {
    it(`${folder} imports what it may, by name, and declares it`, () => {
      const allowed = MAY_IMPORT[folder] ?? []
      const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8'))
      const declared = new Set([
        ...Object.keys(manifest.dependencies ?? {}),
        ...Object.keys(manifest.peerDependencies ?? {}),
      ])
      for (const { file, imports } of sourcesOf(folder)) {
        for (const specifier of imports) {
          if (specifier.startsWith('.')) {
            const target = relative(
              join(ROOT, 'packages', folder, 'src'),
              resolve(ROOT, dirname(file), specifier),
            )
            expect(target.startsWith('..'), `${file} reaches out of its package: ${specifier}`).to.equal(
              false,
            )
            continue
          }
          const own = /^@socket-star\/([a-z0-9-]+)/.exec(specifier)?.[1]
          if (own !== undefined) expect(allowed, `${file} imports ${specifier}`).to.include(own)
          if (specifier.startsWith('node:')) continue
          const name = specifier.startsWith('@')
            ? specifier.split('/', 2).join('/')
            : specifier.split('/', 1)[0]
          expect(
            declared.has(name ?? ''),
            `${file} imports ${specifier}, which package.json does not declare`,
          ).to.equal(true)
        }
      }
    })
  }

  it('the protocol touches no clock, timer, random source, socket or Node module', () => {
    const sources = sourcesOf('protocol')
    expect(sources.length).to.be.greaterThan(5)
    for (const { file, text, imports } of sources) {
      expect(
        imports.filter((specifier) => specifier.startsWith('node:')),
        file,
      ).to.deep.equal([])
      expect(AMBIENT.exec(withoutComments(text))?.[0], file).to.equal(undefined)
    }
  })
})
