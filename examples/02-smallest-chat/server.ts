import { createServer } from 'node:http'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import type { FromChat, FromPeople } from './events.ts'

const http = createServer()
const io = new Server(http)
const star = starMiddleware<FromPeople, FromChat>()
io.use(star)

star.on('session', (session) => {
  session.join('chat')
  session.on('say', (name, words) => {
    star.to('chat').emit('said', name, words) // whoever is away reads it on coming back
  })
  session.emit('said', 'Chat', 'Welcome')
})

http.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? 'localhost', () => {
  const { port } = http.address() as { port: number }
  console.log(`The chat is open. Come in: npm run example:chat:join -- Ada http://localhost:${port}`)
})
