import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { run } from '../../../packages/server/src/cli/run.ts'
import { type Arguments, serveCommands } from './commands.ts'

// The `socket-star` command, with the options that it has when nobody sets any but the port.
serveCommands({
  listen: async ({ port }: Arguments) => {
    const chosen = port === 0 ? await freePort() : port
    await run(['--host', '127.0.0.1', '--port', String(chosen)], process.env)
    return { port: chosen }
  },
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
