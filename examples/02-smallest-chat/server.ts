import { createServer } from 'node:http'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import type { FromChat, FromPeople } from './events.ts'

const http = createServer()
const io = new Server(http)
const star = starMiddleware<FromPeople, FromChat>()
io.use(star)

star.on('session', (session) => {
  session.on('say', (name, words) => {
    // somebody who is away gets it on coming back
    for (const person of star.sessions) person.emit('said', name, words)
  })
})

http.listen(Number(process.env.PORT ?? 3000), () => {
  const { port } = http.address() as { port: number }
  console.log(`The chat is open. Come in: npm run example:chat:join -- Ada http://localhost:${port}`)
})
