import { joinStar, type Peer, wrap } from '@socket-star/client'
import { io } from 'socket.io-client'
import { Connection } from './connection.ts'
import { Files } from './files.ts'
import { loadKey, loadNick, saveNick } from './identity.ts'
import { shortId, starName } from './names.ts'
import type { Person } from './person.ts'
import { Room } from './room.ts'
import { serverAddress } from './server-address.ts'
import type { Transfer } from './transfer.ts'
import { Announcer } from './view/announcer.ts'
import { Chart } from './view/chart.ts'
import { byId, copy, drawSoon } from './view/dom.ts'
import { LogView, NOT_DELIVERED } from './view/log-view.ts'
import { PeopleView } from './view/people-view.ts'
import { drawStar } from './view/star.ts'
import { createTransferCard } from './view/transfer-card.ts'

const LONGEST_RETRY_MS = 3_000

const privateKey = await loadKey()
const id = privateKey.publicKey.toString()
const me = { id, nick: loadNick(starName(id)) }
const address = serverAddress(location)

// The page itself: who I am, and where.
drawStar(byId('my-star'), me.id)
byId('my-id').textContent = shortId(me.id)
byId('address').textContent = address
const nick = byId<HTMLInputElement>('nick')
nick.value = me.nick
byId('copy-address').addEventListener('click', ({ currentTarget }) =>
  copy(address, currentTarget as HTMLButtonElement, byId('address')),
)
if (['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)) {
  byId('alone-text').textContent =
    'Nobody else is here yet. Open this page in a second window. Another device reaches it at one of the addresses that the server printed when it started.'
}
byId('copy-link').addEventListener('click', ({ currentTarget }) =>
  copy(location.href, currentTarget as HTMLButtonElement),
)

// The connection, and the address that this page joins on it.
const socket = io({
  transports: ['websocket', 'polling'],
  reconnectionDelay: 250,
  reconnectionDelayMax: LONGEST_RETRY_MS,
})
const connection = new Connection(socket)
const log = new LogView()
const announcer = new Announcer()

try {
  const peer = await joinStar(wrap(socket), address, {
    privateKey,
    allowNoChallenge: true,
    timeoutMs: Number.POSITIVE_INFINITY, // whoever opens the page wants in
  })
  enter(peer)
} catch (error) {
  connection.refused(error instanceof Error ? error.message : String(error))
}

/** Everything that needs a joined peer: the room, the files, and what shows them. */
function enter(peer: Peer): void {
  const cards = new Map<Transfer, () => void>()
  const chart = new Chart()
  let online = true

  const files = new Files(peer, {
    started: (transfer) => {
      const card = createTransferCard(
        transfer,
        () => transfer.file && files.send(transfer.person, transfer.file),
      )
      cards.set(transfer, card.draw)
      log.entry(card.row, transfer.direction === 'in' ? transfer.person : me, transfer.direction === 'out')
      announcer.transfer(transfer)
      showPeople()
    },
    changed: (transfer) => {
      drawSoon(transfer, () => {
        cards.get(transfer)?.()
        announcer.transfer(transfer)
        if (transfer.ended) cards.delete(transfer)
      })
      showPeople()
    },
  })

  const room = new Room(peer, me.nick, {
    people: showPeople,
    arrived: (person) => log.note(`${person.nick} is here`),
    left: (person) => log.note(`${person.nick} left`),
    message: (message) => {
      log.message(message, message.from ?? me)
      if (message.from === undefined && message.sent === 0) announcer.say(NOT_DELIVERED)
    },
    receipt: (message) => log.receipt(message),
    offer: (person, offer, stream, outbox) => files.receive(person, offer, stream, outbox),
  })
  const people = new PeopleView((person, file) => void files.send(person, file))

  function showPeople(): void {
    drawSoon(showPeople, () => {
      const list = [...room.people.values()]
      people.show(list, online)
      const stars = list.map((person) => ({ ...starOf(person), moving: movingOf(person) }))
      const own = { id: me.id, nick: 'You', reachable: online, moving: movingOf(undefined) }
      chart.show([own, ...stars], online)
    })
  }

  /** Whether a file goes to or from somebody, or with `undefined` from or to this page. */
  function movingOf(person: Person | undefined): 'in' | 'out' | undefined {
    for (const { direction, state, person: other } of cards.keys()) {
      if (state !== 'moving' || (person !== undefined && other !== person)) continue
      return (direction === 'out') === (person === undefined) ? 'out' : 'in'
    }
    return undefined
  }

  socket.on('disconnect', () => {
    online = false
    room.lost()
    log.note('Connection lost')
  })
  peer.on('rejoin', () => {
    online = true
    room.back()
    connection.joined()
    log.note('Connection is back')
  })
  peer.on('close', (error) => {
    online = false
    room.lost()
    connection.over(error?.code)
  })
  connection.joined()
  showPeople()

  // before this there is nobody to tell, and a form would load the page anew
  byId<HTMLButtonElement>('send').disabled = false
  nick.disabled = false
  byId<HTMLFormElement>('composer').addEventListener('submit', (event) => {
    event.preventDefault()
    const text = byId<HTMLInputElement>('text')
    const words = text.value.trim()
    if (words !== '') room.say(words)
    text.value = ''
  })
  byId<HTMLFormElement>('me').addEventListener('submit', (event) => {
    event.preventDefault()
    nick.blur()
  })
  nick.addEventListener('change', () => {
    me.nick = nick.value.trim() || starName(me.id)
    nick.value = me.nick
    saveNick(me.nick)
    room.rename(me.nick)
  })
}

function starOf({ id, nick, state }: Person) {
  return { id, nick, reachable: state === 'here' }
}

// A file that is dropped beside a name would replace the page.
for (const event of ['dragover', 'drop']) addEventListener(event, (dropped) => dropped.preventDefault())
