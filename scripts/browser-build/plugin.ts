import { dirname, join, resolve } from 'node:path'
import type { Plugin } from 'esbuild'
import { bundleClient } from './bundle.ts'

const CLIENT = '@socket-star/client'
/** Where its files seem to lie: esbuild finds packages only from a folder that there is, which `dist` need not be. */
const PLACE = resolve(import.meta.dirname, '../../packages/client')

/** Has esbuild take the client as browsers get it, built anew and not written anywhere. */
export async function builtClient(): Promise<Plugin> {
  const { entry, files } = await bundleClient(PLACE)
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  return {
    name: 'built client',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, resolveDir }) => {
        const file = path === CLIENT ? entry : join(resolveDir, path)
        return texts.has(file) ? { path: file, sideEffects: false } : undefined
      })
      onLoad({ filter: /\.js$/ }, ({ path }) => {
        const contents = texts.get(path)
        return contents === undefined ? undefined : { contents, resolveDir: dirname(path) }
      })
    },
  }
}
