import type { Peer, PeerStream } from '@socket-star/client'
import { Calls, type Outcome } from './calls.ts'
import { type Note, noteFrame } from './frames.ts'
import { idOf, starName } from './names.ts'
import { Outbox } from './outbox.ts'
import type { Message, Person } from './person.ts'
import { openStream, type Stream } from './stream.ts'
import { shownText } from './text.ts'

/** More people than this are not talked to. Peers that are not this page do not count. */
const MAX_PEOPLE = 64
const MAX_WORDS = 2_000
const MAX_NICK = 24
/** Messages whose receipts are still counted. */
const MAX_OPEN_RECEIPTS = 200
/** Someone who is back within this time never left: longer than the longest pause before a reconnect. */
const LEAVE_AFTER_MS = 8_000
/** Another program on the same server will not introduce itself. */
const HELLO_WITHIN_MS = 8_000

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
 * Everyone who has the page open: peers of the server who introduced
 * themselves. Any two of them keep one stream for talk: whoever has the smaller
 * address dials it, again and again while the other is listed.
 */
export class Room {
  readonly people = new Map<string, Person>()
  #nick: string
  #online = true
  readonly #peer: Peer
  readonly #events: RoomEvents
  readonly #leaving = new Map<Person, ReturnType<typeof setTimeout>>()
  readonly #calls: Calls
  readonly #unreceipted = new Map<string, Message>()

  constructor(peer: Peer, nick: string, events: RoomEvents) {
    this.#peer = peer
    this.#nick = nick
    this.#events = events
    this.#calls = new Calls(
      (address) => this.#online && peer.peers.has(address),
      (address, answered) => this.#call(address, answered),
    )
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

  #appear(address: string): void {
    const person = this.people.get(address)
    if (person !== undefined) {
      clearTimeout(this.#leaving.get(person))
      this.#leaving.delete(person)
      if (person.state === 'silent') person.state = 'calling'
      this.#events.people()
    }
    if (this.#peer.address < address) this.#calls.add(address)
  }

  /** Who is at an address; undefined when there are as many people as this page talks to. */
  #personAt(address: string): Person | undefined {
    const known = this.people.get(address)
    if (known !== undefined || this.people.size >= MAX_PEOPLE) return known
    const id = idOf(address)
    const person: Person = { address, id, nick: starName(id), state: 'calling' }
    this.people.set(address, person)
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

  /** Dials and talks, for as long as that lasts. */
  async #call(address: string, answered: () => void): Promise<Outcome> {
    if (!this.people.has(address) && this.people.size >= MAX_PEOPLE) return 'nobody'
    const outbox = new Outbox()
    try {
      const stream = openStream(await this.#peer.dial(address), outbox)
      outbox.push(noteFrame({ type: 'hello', nick: this.#nick }))
      return (await this.#talk(address, stream, outbox, answered)) ? 'talked' : 'stranger'
    } catch (error) {
      outbox.end()
      return isRefusal(error) ? 'stranger' : 'nobody'
    } finally {
      const person = this.people.get(address)
      if (person !== undefined && person.outbox === undefined) this.#silence(person)
      this.#events.people()
    }
  }

  /** Somebody dialled: the first frame says what for. */
  async #answer(duplex: PeerStream, from: string): Promise<void> {
    const outbox = new Outbox()
    const stream = openStream(duplex, outbox)
    try {
      const first = await stream.frames.next()
      if (first.done || !('note' in first.value)) return
      const { note } = first.value
      if (note.type === 'file') {
        const person = this.#personAt(from)
        if (person !== undefined) await this.#events.offer(person, note, stream, outbox)
      } else if (note.type === 'hello') {
        outbox.push(noteFrame({ type: 'hello', nick: this.#nick }))
        this.#hear(from, note, outbox)
        await this.#talk(from, stream, outbox)
      }
    } catch {
      // a stream that breaks off; whoever dialled dials again
    } finally {
      outbox.end()
      stream.close()
    }
  }

  /** Listens for as long as the stream lives. Answers whether they introduced themselves. */
  async #talk(address: string, stream: Stream, outbox: Outbox, answered = () => {}): Promise<boolean> {
    const introduced = () => this.people.get(address)?.outbox === outbox
    const timer = setTimeout(() => introduced() || stream.close(), HELLO_WITHIN_MS)
    let talked = false
    try {
      for await (const frame of stream.frames) {
        if ('note' in frame) this.#hear(address, frame.note, outbox)
        if (!talked && introduced()) {
          talked = true
          answered()
        }
      }
    } catch {
      // broken off
    }
    clearTimeout(timer)
    outbox.end()
    const person = this.people.get(address)
    if (person?.outbox === outbox) {
      this.#silence(person)
      this.#events.people()
    }
    return talked
  }

  #hear(address: string, note: Note, outbox: Outbox): void {
    const person = note.type === 'hello' ? this.#personAt(address) : this.people.get(address)
    if (person === undefined) return
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

/** Nobody takes streams there, so it is no page; a page that was there for a moment answers otherwise. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_DIAL_REFUSED'
}

/** What they call themselves. `You` is what this page calls the person in front of it. */
function nickOf({ nick }: Note): string {
  const text = shownText(nick, MAX_NICK)
  return text.toLowerCase() === 'you' ? '' : text
}

function textOf(value: unknown, max: number): string {
  return typeof value === 'string' ? value.slice(0, max) : ''
}
