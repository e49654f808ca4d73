import type { Peer, PeerStream } from '@socket-star/client'
import { type Note, noteFrame } from './frames.ts'
import { idOf, starName } from './names.ts'
import { Outbox } from './outbox.ts'
import type { Message, Person } from './person.ts'
import { openStream, type Stream } from './stream.ts'
import { shownText } from './text.ts'

/** More people than this are not called. */
const MAX_PEOPLE = 64
const MAX_WORDS = 2_000
const MAX_NICK = 24
/** Messages whose receipts are still counted. */
const MAX_OPEN_RECEIPTS = 200
/** Someone who is back within this time never left: longer than the longest pause before a reconnect. */
const LEAVE_AFTER_MS = 8_000
/** Another peer of the server that is not this page will not introduce itself. */
const HELLO_WITHIN_MS = 8_000
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 8_000

/** What the room tells the page. */
export interface RoomEvents {
  /** Somebody's name or state changed. */
  people(): void
  arrived(person: Person): void
  left(person: Person): void
  message(message: Message): void
  receipt(message: Message): void
  /** A stream that begins with an offer of a file; `outbox` is what goes back. */
  offer(person: Person, offer: Note, stream: Stream, outbox: Outbox): Promise<void>
}

/**
 * Everyone who has the page open. Any two of them keep one stream for talk:
 * whoever has the smaller address dials it, again and again while the other is
 * listed.
 */
export class Room {
  readonly people = new Map<string, Person>()
  #nick: string
  #online = true
  readonly #peer: Peer
  readonly #events: RoomEvents
  readonly #leaving = new Map<Person, ReturnType<typeof setTimeout>>()
  readonly #calling = new Map<Person, () => void>()
  readonly #unreceipted = new Map<string, Message>()

  constructor(peer: Peer, nick: string, events: RoomEvents) {
    this.#peer = peer
    this.#nick = nick
    this.#events = events
    peer.on('peer', (address) => void this.#appear(address))
    peer.on('peer-gone', (address) => this.#disappear(address))
    peer.on('stream', (stream, { from }) => void this.#answer(stream, from))
    for (const address of peer.peers) this.#appear(address)
  }

  /** The connection to the server is lost: nobody can be reached. */
  lost(): void {
    this.#online = false
    for (const person of this.people.values()) this.#silence(person)
    this.#events.people()
  }

  /** It is back, and this page has joined again: whoever is listed is called again. */
  back(): void {
    this.#online = true
    for (const address of this.people.keys()) if (!this.#peer.peers.has(address)) this.#disappear(address)
    for (const address of this.#peer.peers) this.#appear(address)
  }

  rename(nick: string): void {
    this.#nick = nick
    this.#tell({ type: 'hello', nick })
  }

  say(words: string): void {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`
    const message: Message = {
      id,
      words,
      from: undefined,
      sent: this.#tell({ type: 'say', id, words }),
      got: 0,
    }
    this.#unreceipted.set(id, message)
    const [oldest] = this.#unreceipted.keys()
    if (this.#unreceipted.size > MAX_OPEN_RECEIPTS && oldest !== undefined) this.#unreceipted.delete(oldest)
    this.#events.message(message)
  }

  /** Answers how many it went to. */
  #tell(note: Note): number {
    return [...this.people.values()].filter(({ outbox }) => outbox?.push(noteFrame(note))).length
  }

  #appear(address: string): Person | undefined {
    let person = this.people.get(address)
    if (person === undefined) {
      if (this.people.size >= MAX_PEOPLE) return undefined
      const id = idOf(address)
      person = { address, id, nick: starName(id), state: 'calling' }
      this.people.set(address, person)
    }
    clearTimeout(this.#leaving.get(person))
    this.#leaving.delete(person)
    if (person.state === 'silent') person.state = 'calling'
    if (this.#peer.address < address) void this.#keepCalling(person)
    this.#events.people()
    return person
  }

  #disappear(address: string): void {
    const person = this.people.get(address)
    if (person === undefined || this.#leaving.has(person)) return
    this.#silence(person)
    const remove = () => {
      this.#leaving.delete(person)
      this.people.delete(address)
      if (person.announced === true) this.#events.left(person)
      this.#events.people()
    }
    this.#leaving.set(person, setTimeout(remove, LEAVE_AFTER_MS))
    this.#events.people()
  }

  #silence(person: Person): void {
    person.state = 'silent'
    person.outbox?.end()
    person.outbox = undefined
  }

  /** Dials until they are gone from the list; being told that they appeared ends a pause at once. */
  async #keepCalling(person: Person): Promise<void> {
    if (this.#calling.has(person)) return this.#calling.get(person)?.()
    let pauseMs = FIRST_RETRY_MS
    while (this.#online && this.people.get(person.address) === person) {
      this.#calling.set(person, () => {})
      try {
        const outbox = new Outbox()
        const stream = openStream(await this.#peer.dial(person.address), outbox)
        outbox.push(noteFrame({ type: 'hello', nick: this.#nick }))
        if (await this.#talk(person, stream, outbox)) pauseMs = FIRST_RETRY_MS
      } catch {
        // not reachable now; the list shows it
      }
      this.#silence(person)
      this.#events.people()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs)
        this.#calling.set(person, () => {
          clearTimeout(timer)
          resolve()
        })
      })
      pauseMs = Math.min(pauseMs * 2, LAST_RETRY_MS)
    }
    this.#calling.delete(person)
  }

  /** Somebody dialled: the first frame says what for. */
  async #answer(duplex: PeerStream, from: string): Promise<void> {
    const outbox = new Outbox()
    const stream = openStream(duplex, outbox)
    try {
      const first = await stream.frames.next()
      const person = this.#appear(from)
      if (first.done || !('note' in first.value) || person === undefined) return
      const { note } = first.value
      if (note.type === 'file') await this.#events.offer(person, note, stream, outbox)
      else if (note.type === 'hello') {
        outbox.push(noteFrame({ type: 'hello', nick: this.#nick }))
        this.#hear(person, note, outbox)
        await this.#talk(person, stream, outbox)
      }
    } catch {
      // a stream that breaks off; whoever dialled dials again
    } finally {
      outbox.end()
      stream.close()
    }
  }

  /** Listens for as long as the stream lives. Answers whether they introduced themselves. */
  async #talk(person: Person, stream: Stream, outbox: Outbox): Promise<boolean> {
    const timer = setTimeout(() => person.outbox !== outbox && stream.close(), HELLO_WITHIN_MS)
    try {
      for await (const frame of stream.frames) if ('note' in frame) this.#hear(person, frame.note, outbox)
    } catch {
      // broken off
    }
    clearTimeout(timer)
    outbox.end()
    const introduced = person.outbox === outbox
    if (introduced) {
      this.#silence(person)
      this.#events.people()
    }
    return introduced
  }

  #hear(person: Person, note: Note, outbox: Outbox): void {
    if (note.type === 'hello') {
      if (person.outbox !== outbox) person.outbox?.end()
      person.outbox = outbox
      person.nick = nickOf(note) || starName(person.id)
      person.state = 'here'
      if (person.announced !== true) this.#events.arrived(person)
      person.announced = true
      this.#events.people()
    } else if (note.type === 'say') {
      const id = textOf(note.id, 40)
      const words = shownText(note.words, MAX_WORDS)
      outbox.push(noteFrame({ type: 'got', id }))
      this.#events.message({ id, words, from: person, sent: 0, got: 0 })
    } else if (note.type === 'got') {
      const message = this.#unreceipted.get(textOf(note.id, 40))
      if (message === undefined || message.got >= message.sent) return
      message.got += 1
      this.#events.receipt(message)
    }
  }
}

/** What they call themselves. `You` is what this page calls the person in front of it. */
function nickOf({ nick }: Note): string {
  const text = shownText(nick, MAX_NICK)
  return text.toLowerCase() === 'you' ? '' : text
}

function textOf(value: unknown, max: number): string {
  return typeof value === 'string' ? value.slice(0, max) : ''
}
