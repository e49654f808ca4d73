import { generateKeyPair, privateKeyFromRaw } from '@libp2p/crypto/keys'

const KEY = 'socket-star:key'
const NICK = 'socket-star:nick'

/** An Ed25519 key: a reload keeps it, and each tab has its own. */
export async function loadKey() {
  const stored = sessionStorage.getItem(KEY)
  if (stored !== null) {
    try {
      const key = privateKeyFromRaw(fromBase64(stored))
      if (await claim(key.publicKey.toString())) return key
    } catch {
      // not a key of ours any more: make a new one
    }
  }
  const key = await generateKeyPair('Ed25519')
  sessionStorage.setItem(KEY, toBase64(key.raw))
  await claim(key.publicKey.toString())
  return key
}

/**
 * A duplicated tab starts with a copy of the first one's storage. The lock
 * tells: whoever does not get it is the copy, and needs a key of its own.
 * Browsers have locks on https and localhost only; elsewhere the copy takes
 * the first tab's place.
 */
function claim(peerId: string): Promise<boolean> {
  if (navigator.locks === undefined) return Promise.resolve(true)
  return new Promise((resolve) => {
    void navigator.locks.request(`socket-star:${peerId}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock === null ? undefined : new Promise(() => {}) // held until the tab closes
    })
  })
}

export function loadNick(otherwise: string): string {
  return sessionStorage.getItem(NICK) ?? otherwise
}

export function saveNick(nick: string): void {
  sessionStorage.setItem(NICK, nick)
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
