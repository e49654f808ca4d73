import { type WrapOptions, wrap } from '@socket-star/client'
import { io } from 'socket.io-client'
import type { Diary } from './diary.ts'

const SAY_MS = 10

const query = new URLSearchParams(location.search)
const patience = query.has('patient')
  ? { reconnectionDelay: 3_600_000, reconnectionDelayMax: 3_600_000 }
  : { reconnectionDelay: 50, reconnectionDelayMax: 200 }
const socket = io({ transports: ['websocket'], ...patience })
const options: WrapOptions & { persist?: 'tab' } = {
  ...(query.has('persist') && { persist: 'tab' }),
  ...(query.has('cycle') && { cycle: { minMs: 150, maxMs: 250 } }),
}
const star = wrap(socket, options)

const diary: Diary = {
  load: crypto.randomUUID(),
  id: () => star.id,
  status: () => star.status,
  said: 0,
  counts: [],
  events: [],
  statuses: [],
  isTalking: true,
  say() {
    diary.said += 1
    star.emit('say', diary.load, diary.said)
  },
  flush: () => star.flush(),
}
Object.assign(window, { diary })

star.on('count', (number: number) => diary.counts.push(number))
for (const event of ['disconnect', 'resume', 'replaced'] as const) {
  star.on(event, () => diary.events.push(event))
}
star.on('status', (status) => diary.statuses.push(status))
star.on('renew', ({ reason }) => diary.events.push(`renew: ${reason}`))
star.on('refused', ({ reason }) => diary.events.push(`refused: ${reason}`))
setInterval(() => diary.isTalking && diary.say(), SAY_MS)
// all that it got: nothing comes any more while it is being left
addEventListener('pagehide', () => localStorage.setItem(diary.load, JSON.stringify(diary.counts)))
