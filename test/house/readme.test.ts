import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { expect } from 'chai'

const ROOT = resolve(import.meta.dirname, '../..')

/** The code blocks of a document in one language. */
function examples(path: string, language: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, code]) => code ?? '',
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('the examples of the READMEs', function () {
  this.timeout(60_000)
  const running: ChildProcess[] = []
  const files: string[] = []
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL')
    for (const file of files.splice(0)) rmSync(file)
  })

  /** Runs an example as it is printed, on another port; resolves once it has printed a line that matches. */
  function run(code: string, port: number, wanted: RegExp): Promise<string> {
    const file = join(import.meta.dirname, `readme-${files.length}.generated.mjs`)
    writeFileSync(file, code.replaceAll('9090', String(port)))
    files.push(file)
    const child = spawn(process.execPath, ['--conditions=@socket-star/source', file])
    running.push(child)
    let output = ''
    return new Promise((resolve, reject) => {
      child.stdout.on('data', (text) => {
        output += text
        if (wanted.test(output)) resolve(output)
      })
      child.stderr.on('data', (text) => {
        output += text
      })
      child.once('exit', () => reject(new Error(`it ended: ${output}`)))
    })
  }

  it('give a server sessions, and a client one', async () => {
    const [server = '', client = ''] = examples('README.md', 'js')
    const port = await freePort()
    await run(`${server}\nio.httpServer.once('listening', () => console.log('listening'))`, port, /listening/)
    const output = await run(`${client}\nconsole.log('flushed')`, port, /flushed/)
    expect(output)
      .to.include('hello Ada')
      .and.to.match(/^hello$/m)
  })

  it('start a server, and peers that find and dial each other on it', async () => {
    const [, , server = '', client = ''] = examples('README.md', 'js')
    const port = await freePort()
    await run(`${server}\nio.httpServer.once('listening', () => console.log('listening'))`, port, /listening/)
    const dialled = client.replace('stream.sink(', "console.log('dialled by', from) ?? stream.sink(")
    const met = /here is[\s\S]*dialled by|dialled by[\s\S]*here is/
    const both = await Promise.all([run(dialled, port, met), run(dialled, port, met)])
    for (const output of both)
      expect(output).to.match(/here is \/dns4\/localhost\/tcp\/\d+\/ws\/p2p-websocket-star\/p2p\//)
  })

  it("add the middleware to a server of one's own", async () => {
    const [server = ''] = examples('packages/server/README.md', 'ts')
    const port = await freePort()
    await run(server, port, new RegExp(`http://localhost:${port}`))
  })
})
