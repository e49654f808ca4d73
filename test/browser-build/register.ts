/**
 * Given to Node with `--import`: from then on whoever imports the client gets what browsers get, built from the sources as
 * they are. What imports a file of the client gets that file.
 */
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleClient } from '../../scripts/browser-build/bundle.ts'

const { entry, files, shorter } = await bundleClient()

export { shorter }

const texts = new Map(files.map(({ path, text }) => [path, text]))

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@socket-star/client') return { url: pathToFileURL(entry).href, shortCircuit: true }
    if (/^\.\/.*\.js$/.test(specifier) && context.parentURL) {
      const { href } = new URL(specifier, context.parentURL)
      if (texts.has(fileURLToPath(href))) return { url: href, shortCircuit: true }
    }
    return next(specifier, context)
  },
  load(url, context, next) {
    const source = url.startsWith('file:') ? texts.get(fileURLToPath(url)) : undefined
    return source === undefined ? next(url, context) : { source, format: 'module', shortCircuit: true }
  },
})
