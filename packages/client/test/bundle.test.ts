import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { build } from 'esbuild'

/** What a browser bundle of these lines is made of. */
async function bundle(code: string): Promise<{ inputs: string[]; bytes: number }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@socket-star/source'],
  })
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  )
  return { inputs, bytes: outputFiles[0]?.contents.byteLength ?? 0 }
}

const PEER_CODE = /multiformats|multiaddr|@libp2p|@noble|uint8arrays|\/address\/|\/rendezvous\/|\/peers\//

describe('bundle', () => {
  it('of a client that only wraps holds no multiaddr, key or peer code', async () => {
    const { inputs, bytes } = await bundle(`
      import { wrap } from '@socket-star/client'
      globalThis.star = wrap(globalThis.socket)`)
    expect(inputs.filter((path) => PEER_CODE.test(path))).to.deep.equal([])
    expect(inputs.some((path) => path.endsWith('client/src/wrap.ts'))).to.equal(true)
    expect(bytes).to.be.below(12_000)
  })

  it('of a client with peers holds them, and nothing of Node', async () => {
    const { inputs } = await bundle(`
      import { joinStar, wrap } from '@socket-star/client'
      globalThis.peer = joinStar(wrap(globalThis.socket), 'x')`)
    expect(inputs.some((path) => PEER_CODE.test(path))).to.equal(true)
    expect(inputs.filter((path) => path.startsWith('node:') || path.includes('(disabled)'))).to.deep.equal([])
  })
})
