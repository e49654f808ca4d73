import { STATUS, wrap } from '@socket-star/client'
import { io } from 'socket.io-client'
import { byId } from '../01-chat-and-files/view/dom.ts'
import { Cable, cutCable, mendCable } from './cable.ts'
import { Chart } from './chart.ts'
import type { FromPage, FromServer } from './events.ts'
import { Log } from './log.ts'
import { Tally } from './tally.ts'

const socket = io({ transports: [Cable], reconnectionDelay: 250, reconnectionDelayMax: 1_000 })
const star = wrap<FromServer, FromPage>(socket)

const tally = new Tally()
const chart = new Chart(byId<HTMLCanvasElement>('chart'))
const log = new Log()
const facts = { cuts: 0, resumed: 0, renewed: 0 }
let said = 0

// What the server streams

star.on('count', (number, atMs) => {
  tally.take(number)
  chart.add(number, atMs)
})

// What becomes of the connection below, and of the session above

star.on('status', (status) => {
  chart.connected(status === STATUS.CONNECTED)
  draw()
})

star.on('disconnect', (reason) => {
  facts.cuts += 1
  log.note(`Connection lost (${reason}) at number ${tally.last}`)
})

star.on('resume', () => {
  facts.resumed += 1
  log.note('Resumed: the same session goes on')
})

star.on('renew', (renewal) => {
  facts.renewed += 1
  tally.restart()
  chart.restart()
  const count = renewal.unacknowledged.length
  const back = count === 0 ? '' : ` ${messages(count)} handed back, sent again.`
  log.note(`Renewed (${renewal.reason}): this session is a new one and counts from 1.${back}`)
  renewal.resend()
})

// What this page sends

byId<HTMLFormElement>('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = byId<HTMLInputElement>('text')
  const words = text.value.trim()
  text.value = ''
  if (words !== '') say(words)
})

function say(words: string): void {
  said += 1
  log.add(said, words)
  star.emit('say', said, words) // never lost: it waits while there is no connection
  draw()
}

star.on('heard', (id, total) => log.arrived(id, total))

// The switch

const lever = byId<HTMLButtonElement>('lever')
lever.addEventListener('click', () => {
  const isWhole = lever.dataset.state === 'whole'
  lever.dataset.state = isWhole ? 'cut' : 'whole'
  byId('lever-text').textContent = isWhole ? 'Mend it' : 'Cut it'
  if (isWhole) cutCable(byId<HTMLInputElement>('silent').checked)
  else mendCable()
  draw()
})

// Everything that the page says about it

const STATUSES: Readonly<Record<number, string>> = {
  [STATUS.OPEN]: 'Connecting',
  [STATUS.PRECONNECTED]: 'Shaking hands',
  [STATUS.CONNECTED]: 'Connected',
  [STATUS.RECONNECTING]: 'Reconnecting',
  [STATUS.DISCONNECTED]: 'Ended',
}

function draw(): void {
  show('link', STATUSES[star.status] ?? '')
  byId('link').dataset.state = star.isConnected() ? 'online' : tally.received > 0 ? 'lost' : 'connecting'
  show('number', tally.last)
  show('received', tally.received)
  show('skipped', tally.skipped)
  show('repeated', tally.repeated)
  show('cuts', facts.cuts)
  show('resumed', facts.resumed)
  show('renewed', facts.renewed)
  show('session', star.id ?? 'none yet')
  log.waiting(star.bufferedAmount)
  chart.draw()
}

/** Writes only what is new: a status that is written anew is read out again to who listens to the page. */
function show(id: string, value: number | string): void {
  const text = typeof value === 'number' ? value.toLocaleString('en') : value
  if (byId(id).textContent !== text) byId(id).textContent = text
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`
}

setInterval(draw, 100)
