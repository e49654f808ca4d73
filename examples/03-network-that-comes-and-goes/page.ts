import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { extname, join } from 'node:path'
import { build } from 'esbuild'

const HERE = import.meta.dirname
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Bundles the page, and answers what serves it. */
export async function createPage(): Promise<RequestListener> {
  const { outputFiles } = await build({
    entryPoints: { main: join(HERE, 'main.ts'), style: join(HERE, 'style.css') },
    outdir: '/',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@socket-star/source'], // a change in this repository shows without building the packages
    write: false,
  })
  const files = new Map<string, Uint8Array>([
    ['/', readFileSync(join(HERE, 'index.html'))],
    ['/icon.svg', readFileSync(join(HERE, '../01-chat-and-files/icon.svg'))],
  ])
  for (const { path, contents } of outputFiles) files.set(`/${path.split(/[\\/]/).at(-1)}`, contents)
  return (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const found = files.get(path)
    if (found === undefined) response.writeHead(404).end('Not found')
    else {
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? TYPES['.html'] })
      response.end(found)
    }
  }
}
