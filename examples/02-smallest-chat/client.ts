import { createInterface } from 'node:readline'
import { wrap } from '@socket-star/client'
import { io } from 'socket.io-client'
import type { FromChat, FromPeople } from './events.ts'

const [name = 'Somebody', url = 'http://localhost:3000'] = process.argv.slice(2)
const star = wrap<FromChat, FromPeople>(io(url))

star.on('said', (from, words) => console.log(`${from}: ${words}`))
star.on('connect', () => console.log('* connected'))
star.on('disconnect', () => console.log('* cut off; what you say is kept and sent later'))
// only when the server forgot us, after two minutes away for instance
star.on('renew', (renewal) => renewal.resend())

const lines = createInterface({ input: process.stdin })
lines.on('line', (words) => star.emit('say', name, words))
lines.on('close', async () => {
  await star.flush() // the server has received every word
  star.off('disconnect').disconnect()
})
