import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on a free port of 127.0.0.1 and says which. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** How many connections may wait to be accepted: thousands of clients come at once. */
const BACKLOG = 4_096

/** An HTTP server on a free port of 127.0.0.1. */
export async function startHttp(): Promise<{ server: Server; url: string; port: number }> {
  const server = createServer()
  const port = await listen(server)
  return { server, port, url: `http://127.0.0.1:${port}` }
}
