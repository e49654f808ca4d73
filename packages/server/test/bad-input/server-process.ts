import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { starMiddleware } from '../../src/index.ts'
import { createLog } from '../../src/log.ts'

/** The server that is attacked, in a process of its own. Answers `figures` over IPC, where asked after a garbage collection. */

export interface Figures {
  /** Events that Socket.IO handed to listeners. */
  readonly received: number
  readonly heapBytes: number
  readonly sockets: number
  readonly internalErrors: number
  readonly stats: ReturnType<ReturnType<typeof starMiddleware>['stats']>
}

const errors: string[] = []
const log = createLog({
  level: 'error',
  json: false,
  write: (line) => {
    errors.push(line)
    process.stderr.write(`${line}\n`)
  },
})
const http = createServer()
const io = new Server(http, { allowEIO3: true })
const star = starMiddleware({
  dialTimeoutMs: 200,
  log,
  production: false,
  quotas: { joinsPerSecond: 500, dialsPerSecond: 500, dialBurst: 1000, joinBurst: 1000 },
})
let received = 0
io.use(star)
io.on('connection', (socket) => {
  socket.onAny(() => {
    received += 1
  })
})
http.listen(0, '127.0.0.1')
await once(http, 'listening')

process.on('message', (request: 'figures' | 'collected figures') => {
  if (request === 'collected figures') global.gc?.()
  const figures: Figures = {
    received,
    heapBytes: process.memoryUsage().heapUsed,
    sockets: io.of('/').sockets.size,
    internalErrors: errors.length,
    stats: star.stats(),
  }
  process.send?.(figures)
})
process.on('disconnect', () => process.exit())
process.send?.((http.address() as AddressInfo).port)
