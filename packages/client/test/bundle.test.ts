import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { build, type Plugin } from 'esbuild'
import { builtClient } from '../../../scripts/browser-build/plugin.ts'

/** What a browser bundle of these lines is made of; by itself of sources. */
async function bundle(code: string, ...plugins: Plugin[]): Promise<{ inputs: string[]; gzipBytes: number }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@socket-star/source'],
    plugins,
  })
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  )
  return { inputs, gzipBytes: gzipSync(outputFiles[0]?.contents ?? '').byteLength }
}

const PEER_CODE = /multiformats|multiaddr|@libp2p|@noble|uint8arrays|\/address\/|\/rendezvous\/|\/peers\//

const MOST_BYTES = 12_750
/** The same where a bundler takes what the package gives to browsers: what a page pays. Of the sources it shows what structure costs. */
const MOST_BUILT_BYTES = 12_000
const PLAIN = `
  import { io } from 'socket.io-client'
  globalThis.socket = io()`
const WRAPPED = `
  import { wrap } from '@socket-star/client'
  import { io } from 'socket.io-client'
  globalThis.socket = wrap(io())`

describe('bundle', () => {
  it('of a client that only wraps holds no multiaddr, key or peer code', async () => {
    const { inputs } = await bundle(WRAPPED)
    expect(inputs.filter((path) => PEER_CODE.test(path))).to.deep.equal([])
    expect(inputs.some((path) => path.endsWith('client/src/wrap.ts'))).to.equal(true)
  })

  it(`of a client that only wraps costs at most ${MOST_BYTES} bytes, minified and compressed, beside socket.io-client`, async () => {
    const [plain, wrapped] = await Promise.all([bundle(PLAIN), bundle(WRAPPED)])
    expect(wrapped.gzipBytes - plain.gzipBytes).to.be.at.most(MOST_BYTES)
  })

  it(`of a client that only wraps costs at most ${MOST_BUILT_BYTES} bytes where a bundler takes what is built for browsers`, async () => {
    const client = await builtClient()
    const [plain, wrapped] = await Promise.all([bundle(PLAIN), bundle(WRAPPED, client)])
    expect(wrapped.gzipBytes - plain.gzipBytes).to.be.at.most(MOST_BUILT_BYTES)
    expect(wrapped.inputs.filter((path) => PEER_CODE.test(path))).to.deep.equal([])
  })

  it('of a client with peers holds them, and nothing of Node', async () => {
    const { inputs } = await bundle(`
      import { joinStar, wrap } from '@socket-star/client'
      globalThis.peer = joinStar(wrap(globalThis.socket), 'x')`)
    expect(inputs.some((path) => PEER_CODE.test(path))).to.equal(true)
    expect(inputs.filter((path) => path.startsWith('node:') || path.includes('(disabled)'))).to.deep.equal([])
  })
})
