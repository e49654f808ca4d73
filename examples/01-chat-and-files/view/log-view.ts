import { shortId } from '../names.ts'
import type { Message } from '../person.ts'
import { byId, fromTemplate, part } from './dom.ts'
import { formatTime } from './format.ts'
import { drawStar } from './star.ts'

/** Older entries go, so that a long conversation stays light. */
const MAX_ENTRIES = 500
/** Whoever reads so close to the end, in pixels, reads the end. */
const NEAR_END = 80

export const NOT_DELIVERED = 'Not delivered: nobody could be reached.'

/** The person at this page, or somebody else, as an author. */
export interface Author {
  readonly id: string
  readonly nick: string
}

/** The conversation: what was said, files, and who came and went. */
export class LogView {
  readonly #log = byId('log')
  readonly #messages = new WeakMap<Message, HTMLElement>()
  /** The end stays in sight of whoever reads it, while entries grow and a banner or a keyboard takes room. */
  #following = true
  readonly #sizes = new ResizeObserver(() => this.#follow())

  constructor() {
    this.#log.tabIndex = 0 // so that the keyboard scrolls it in every browser
    this.#log.addEventListener('scroll', () => {
      const { scrollTop, scrollHeight, clientHeight } = this.#log
      this.#following = scrollHeight - scrollTop - clientHeight < NEAR_END
    })
    this.#sizes.observe(this.#log)
  }

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
        ? NOT_DELIVERED
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
    this.#log.append(row)
    this.#sizes.observe(row)
    while (this.#log.childElementCount > MAX_ENTRIES) this.#forget(this.#log.firstElementChild)
    this.#following ||= scroll
    this.#follow()
  }

  #follow(): void {
    if (this.#following) this.#log.scrollTop = this.#log.scrollHeight
  }

  /** A file that was received is kept as long as its row. */
  #forget(row: Element | null): void {
    if (row === null) return
    for (const link of row.querySelectorAll('a')) URL.revokeObjectURL(link.href)
    this.#sizes.unobserve(row)
    row.remove()
  }
}
