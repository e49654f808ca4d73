import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { until } from '../support/host.ts'
import { ScriptedClient } from './scripted-client.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

it('the sessions of the README run as they are printed', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const port = await freePort()
  const file = fileURLToPath(new URL('./readme-example.generated.mjs', import.meta.url))
  writeFileSync(file, example.replaceAll('9090', String(port)))
  let output = ''
  const clients: ScriptedClient[] = []
  let child: ChildProcess | undefined
  try {
    child = execFile(process.execPath, ['--conditions=@socket-star/source', file])
    child.stdout?.on('data', (text) => (output += text))
    child.stderr?.on('data', (text) => (output += text))
    await until(() => output.includes(`http://localhost:${port}`))
    const place = {
      client: (options: object) =>
        io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true, ...options }),
    }
    const [ada, bob] = [await ScriptedClient.connected(place), await ScriptedClient.connected(place)]
    clients.push(ada, bob)
    await until(() => clients.every(({ follower }) => follower.positions().has('lobby')))
    ada.say([1, 1, 'greet', 'Ada'])
    bob.say(['chat', 'hi all'])
    await until(() => ada.news.length === 1 && ada.messages.some(({ kind }) => kind === 'response'))
    expect(ada.news).to.deep.equal([['chat', 'hi all']])
    expect(ada.messages).to.deep.include({ kind: 'response', id: 1, args: ['hello Ada'] })
    expect(bob.news).to.deep.equal([])
    await bob.disconnect()
    await until(() => output.includes(`${bob.welcome?.id} client 0`))
  } finally {
    for (const client of clients) client.close()
    child?.kill()
    rmSync(file)
  }
})
