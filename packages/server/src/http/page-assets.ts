import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** The built demo page, at the same distance from `src/http` and `dist/http`. */
export const PAGE_DIRECTORY = fileURLToPath(new URL('../../dist/page/', import.meta.url))

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  json: 'application/json; charset=utf-8',
  webmanifest: 'application/manifest+json; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
}

/** The build puts eight characters of the content's hash in front of the extension. */
const HASHED_NAME = /-[A-Z0-9]{8}\.[a-z]+$/
const FOREVER = 'public, max-age=31536000, immutable'
const ASK_EACH_TIME = 'no-cache'

/** One file of the page, ready to send. */
export interface Asset {
  readonly body: Buffer
  /** Compressed when first asked for; undefined where it would not be smaller. */
  gzip(): Buffer | undefined
  readonly contentType: string
  readonly cacheControl: string
  readonly etag: string
}

/**
 * Reads every file of a directory (not its subdirectories) into memory, keyed
 * by its URL path; `/` is `index.html`. A request only ever looks up a key, so
 * no path can leave the directory. Empty when the directory is not there.
 */
export function readAssets(directory: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const name of listFiles(directory)) {
    const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)]
    if (contentType === undefined) continue
    assets.set(
      name === 'index.html' ? '/' : `/${name}`,
      createAsset(name, contentType, readFileSync(join(directory, name))),
    )
  }
  return assets
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function createAsset(name: string, contentType: string, body: Buffer): Asset {
  let compressed: Buffer | undefined
  return {
    body,
    gzip: () => {
      compressed ??= gzipSync(body)
      return compressed.length < body.length ? compressed : undefined
    },
    contentType,
    cacheControl: HASHED_NAME.test(name) ? FOREVER : ASK_EACH_TIME,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  }
}
