import type { Transfer, TransferState } from '../transfer.ts'
import { byId } from './dom.ts'
import { formatSeconds } from './format.ts'

/** How often it is said how far a file is. */
const PROGRESS_EVERY_MS = 15_000

/** Tells people who listen to the page, instead of looking at it, what the conversation does not say itself. */
export class Announcer {
  readonly #place = byId('announce')
  readonly #told = new WeakMap<Transfer, { state: TransferState; at: number }>()

  say(words: string): void {
    this.#place.textContent = words
  }

  /** How a file is getting on, when that is news. */
  transfer(transfer: Transfer): void {
    const told = this.#told.get(transfer)
    const now = performance.now()
    if (told?.state === transfer.state && (transfer.ended || now - told.at < PROGRESS_EVERY_MS)) return
    const words = told?.state === transfer.state ? progress(transfer) : news(transfer)
    this.#told.set(transfer, { state: transfer.state, at: now })
    if (words !== '') this.say(words)
  }
}

function news({ state, direction, person, name, reason }: Transfer): string {
  switch (state) {
    case 'waiting':
      return direction === 'in'
        ? `${person.nick} wants to send you ${name}`
        : `Waiting for ${person.nick} to accept ${name}`
    case 'moving':
      return `${direction === 'in' ? 'Receiving' : 'Sending'} ${name}`
    case 'checking':
      return ''
    case 'done':
      return `${name}: arrived`
    case 'declined':
    case 'cancelled':
    case 'failed':
      return `${name}: ${reason}`
    default:
      return state satisfies never
  }
}

function progress({ state, name, bytes, size, speed }: Transfer): string {
  if (state !== 'moving') return ''
  const left = speed > 0 ? `, ${formatSeconds((size - bytes) / speed)} left` : ''
  return `${name}: ${Math.floor((100 * bytes) / size)} percent${left}`
}
