import type { Socket } from 'socket.io-client'
import { byId } from './view/dom.ts'

/** How long the server may take to answer when we doubt that it is there. */
const PROBE_MS = 3_000

/**
 * Says how the connection to the server is, at the top of the page, and has it
 * looked at when the device says that its network went or when it wakes up: a
 * dead WebSocket tells nobody.
 */
export class Connection {
  readonly #socket: Socket
  #hasJoined = false
  #attempts = 0
  #probing = false
  #over = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('disconnect', () => this.#show())
    socket.io.on('reconnect_attempt', (attempt) => {
      this.#attempts = attempt
      this.#show()
    })
    for (const event of ['offline', 'online']) addEventListener(event, () => void this.#probe())
    document.addEventListener('visibilitychange', () => document.hidden || void this.#probe())
    byId('retry').addEventListener('click', () => (this.#over ? location.reload() : this.#reconnect()))
    this.#show()
  }

  /** This page has joined, for the first time or again. */
  joined(): void {
    this.#hasJoined = true
    this.#attempts = 0
    this.#show(true)
  }

  /** The server does not let this page in. */
  refused(reason: string): void {
    this.#end('This page could not join.', `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`)
  }

  /** This page has lost its place for good, and does not try to get it back by itself. */
  over(code: string | undefined): void {
    if (code === 'ERR_ADDRESS_TAKEN') {
      this.#end(
        'This page is open somewhere else.',
        'The other window is you now. Try again to take over here.',
      )
    } else this.#end('This page is not connected any more.', 'Try again to join anew.')
  }

  /** Nothing that the socket does changes what is shown; trying again loads the page anew. */
  #end(title: string, text: string): void {
    this.#over = true
    this.#socket.disconnect()
    this.#pill('lost')
    this.#banner(title, text)
  }

  #show(joined = false): void {
    if (this.#over) return
    const state = joined ? 'online' : this.#hasJoined ? 'lost' : 'connecting'
    this.#pill(state)
    if (state !== 'lost') {
      this.#banner('', '')
      return
    }
    const cause = navigator.onLine ? 'The connection to the server is lost.' : 'This device is offline.'
    const tries = this.#attempts === 0 ? 'Trying again.' : `Trying again (attempt ${this.#attempts}).`
    this.#banner(cause, 'Nobody can be reached until it is back.', tries)
  }

  #pill(state: 'online' | 'lost' | 'connecting'): void {
    const pill = byId('link')
    pill.dataset.state = state
    pill.textContent = { online: 'Connected', lost: 'Not connected', connecting: 'Connecting' }[state]
  }

  /** An alert is read out with whatever changes in it: the attempts are not news each time. */
  #banner(title: string, text: string, tries = ''): void {
    const banner = byId('banner')
    if (title === '' && banner.contains(document.activeElement)) byId('log').focus()
    banner.hidden = title === ''
    write('banner-title', title)
    write('banner-text', text)
    write('banner-tries', tries)
  }

  /** Asks the server for a sign of life; without one the connection counts as lost, whatever it says. */
  async #probe(): Promise<void> {
    if (this.#probing) return
    if (!this.#hasJoined || this.#over) return
    if (!this.#socket.connected) return this.#reconnect()
    this.#probing = true
    try {
      await fetch('healthz', { cache: 'no-store', signal: AbortSignal.timeout(PROBE_MS) })
    } catch {
      this.#reconnect()
    } finally {
      this.#probing = false
    }
  }

  #reconnect(): void {
    this.#socket.disconnect().connect()
  }
}

/** Writes only what is new: an alert with the same words written anew is read out again. */
function write(id: string, text: string): void {
  const place = byId(id)
  if (place.textContent !== text) place.textContent = text
}
