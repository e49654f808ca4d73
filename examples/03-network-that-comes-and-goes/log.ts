import { byId, fromTemplate, part } from '../01-chat-and-files/view/dom.ts'

const MAX_ROWS = 200
const MAX_STARS = 24

/** What was said and what happened, and the messages that still wait, drawn on this end of the cable. */
export class Log {
  readonly #rows = byId('log')
  readonly #waiting = new Map<number, HTMLElement>()

  constructor() {
    this.#rows.tabIndex = 0 // so that the keyboard scrolls it in every browser
  }

  note(words: string): void {
    const row = fromTemplate('note-row')
    part(row, 'span').textContent = words
    part(row, 'time').textContent = new Date().toLocaleTimeString('en-GB')
    this.#append(row)
  }

  add(id: number, words: string): void {
    const row = fromTemplate('message-row')
    part(row, '.words').textContent = words
    part(row, '.receipt').textContent = 'Waiting'
    this.#waiting.set(id, row)
    this.#append(row)
  }

  arrived(id: number, total: number): void {
    const row = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (row === undefined) {
      this.note(`Message ${id} arrived twice`)
      return
    }
    row.dataset.state = 'arrived'
    part(row, '.receipt').textContent = `At the server, number ${total}`
  }

  /** @param bytes what the session keeps because the server has not acknowledged it */
  waiting(bytes: number): void {
    const count = this.#waiting.size
    const pile = byId('pile')
    const stars = Math.min(count, MAX_STARS)
    while (pile.childElementCount > stars) pile.lastElementChild?.remove()
    while (pile.childElementCount < stars) pile.append(fromTemplate('waiting-star'))
    const words = bytes === 0 ? 'Nothing waits' : `${count} unacknowledged, ${bytes} bytes`
    if (byId('waiting').textContent !== words) byId('waiting').textContent = words
  }

  #append(row: HTMLElement): void {
    const rows = this.#rows
    rows.append(row)
    while (rows.childElementCount > MAX_ROWS) rows.firstElementChild?.remove()
    rows.scrollTop = rows.scrollHeight
  }
}
