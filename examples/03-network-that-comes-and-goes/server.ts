import { createServer } from 'node:http'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import type { FromPage, FromServer } from './events.ts'
import { createPage } from './page.ts'

const TICK_MS = 100
/** How long the server keeps a session whose page is away. */
const resumeWindowMs = Number(process.env.RESUME_WINDOW_MS ?? 30_000)

const http = createServer(await createPage())
const io = new Server(http)
const star = starMiddleware<FromPage, FromServer>({ sessions: { resumeWindowMs } })
io.use(star)

star.on('session', (session) => {
  const began = performance.now()
  let number = 0
  let heard = 0
  let clock: NodeJS.Timeout | undefined

  // counts on while the page is away: the session keeps what it could not send
  const count = (): void => {
    number += 1
    const hasRoom = session.emit('count', number, Math.round(performance.now() - began))
    if (!hasRoom) clearInterval(clock) // until `drain`
  }
  const run = (): void => {
    clearInterval(clock)
    clock = setInterval(count, TICK_MS)
  }

  session.on('drain', run)
  session.on('say', (id) => {
    heard += 1
    session.emit('heard', id, heard)
  })
  session.on('end', () => clearInterval(clock))
  run()
})

http.listen(Number(process.env.PORT ?? 9091), process.env.HOST ?? 'localhost', () => {
  const { port } = http.address() as { port: number }
  console.log(`A network that comes and goes: http://localhost:${port}`)
})
