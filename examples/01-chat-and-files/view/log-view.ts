import { shortId } from '../names.ts'
import type { Message } from '../person.ts'
import { byId, fromTemplate, part } from './dom.ts'
import { formatTime } from './format.ts'
import { drawStar } from './star.ts'

/** Older entries go, so that a long conversation stays light. */
const MAX_ENTRIES = 500

/** The person at this page, or somebody else, as an author. */
export interface Author {
  readonly id: string
  readonly nick: string
}

/** The conversation: what was said, files, and who came and went. */
export class LogView {
  readonly #log = byId('log')
  readonly #messages = new WeakMap<Message, HTMLElement>()

  note(words: string): void {
    const row = fromTemplate('note-row')
    part(row, 'span').textContent = words
    this.#add(row)
  }

  message(message: Message, author: Author): void {
    const row = fromTemplate('message-row')
    this.#sign(row, author, message.from === undefined)
    part(row, '.words').textContent = message.words
    this.#messages.set(message, row)
    this.receipt(message)
    this.#add(row, message.from === undefined)
  }

  /** How many have a message of this page, as far as they have said so. */
  receipt(message: Message): void {
    const row = this.#messages.get(message)
    if (row === undefined || message.from !== undefined) return
    const { sent, got } = message
    part(row, '.receipt').textContent =
      sent === 0
        ? 'Not delivered: nobody could be reached.'
        : got === sent
          ? `Delivered to ${got === 1 ? '1 person' : `${got} people`}`
          : `Delivered to ${got} of ${sent}`
  }

  /** Adds a row that shows something else, such as a transfer. */
  entry(row: HTMLElement, author: Author, own: boolean): void {
    this.#sign(row, author, own)
    this.#add(row, own)
  }

  #sign(row: HTMLElement, { id, nick }: Author, own: boolean): void {
    row.classList.toggle('own', own)
    drawStar(part<SVGSVGElement>(row, '.avatar'), id)
    part(row, '.nick').textContent = own ? 'You' : nick
    part(row, '.by code').textContent = shortId(id)
  }

  #add(row: HTMLElement, scroll = false): void {
    const time = part<HTMLTimeElement>(row, 'time')
    const now = new Date()
    time.dateTime = now.toISOString()
    time.textContent = formatTime(now)
    const { scrollTop, scrollHeight, clientHeight } = this.#log
    const atEnd = scrollHeight - scrollTop - clientHeight < 80
    this.#log.append(row)
    while (this.#log.childElementCount > MAX_ENTRIES) forget(this.#log.firstElementChild)
    if (atEnd || scroll) this.#log.scrollTop = this.#log.scrollHeight
  }
}

/** A file that was received is kept as long as its row. */
function forget(row: Element | null): void {
  for (const link of row?.querySelectorAll('a') ?? []) URL.revokeObjectURL(link.href)
  row?.remove()
}
