import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type Note, noteFrame } from './frames.ts'
import type { Outbox } from './outbox.ts'
import type { Stream } from './stream.ts'
import { shownText } from './text.ts'
import type { Transfer } from './transfer.ts'

/**
 * How much of a file may be on its way to this page. A browser cannot pause its
 * WebSocket, and the wire has no flow control: without a window a fast sender
 * would fill the server and this page.
 */
const WINDOW_BYTES = 1024 * 1024
/** An acknowledgement for each of these, so that the sender never waits for a full window. */
const ACK_BYTES = WINDOW_BYTES / 8
/** What arrived goes into a Blob this often; the browser may keep a Blob on disk. */
const BLOB_BYTES = 8 * 1024 * 1024
export const MAX_FILE_BYTES = 2 * 1024 * 1024 * 1024

/** The file that an offer describes, or undefined when it makes no sense. */
export function readOffer(note: Note): { name: string; size: number } | undefined {
  const { name, size } = note
  if (typeof name !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return
  return { name: shownText(name, 200) || 'file', size }
}

/** The receiving half of a transfer: asks, takes the file in, checks the hash. */
export async function receiveFile(
  transfer: Transfer,
  { frames, close }: Stream,
  outbox: Outbox,
): Promise<void> {
  const { nick } = transfer.person
  transfer.cancelled.addEventListener('abort', () => {
    transfer.set('cancelled', 'You cancelled it.')
    outbox.push(noteFrame({ type: 'cancel' }))
    outbox.end()
    close()
  })
  const first = frames.next()
  const choice = await Promise.race([transfer.decision, first.then(() => 'gone' as const)])
  if (choice === 'decline') {
    transfer.set('declined', 'You declined it.')
    outbox.push(noteFrame({ type: 'decline' }))
    return outbox.end()
  }
  if (choice === 'accept') {
    transfer.set('moving')
    outbox.push(noteFrame({ type: 'accept', window: WINDOW_BYTES }))
  }

  const file = new Collector()
  let unacknowledged = 0
  for (let next = await first; !next.done && !transfer.ended; next = await frames.next()) {
    const frame = next.value
    if ('bytes' in frame) {
      file.add(frame.bytes)
      if (file.size > transfer.size) throw new Error('more arrived than was announced')
      transfer.progress(file.size)
      unacknowledged += frame.bytes.length
      if (unacknowledged >= ACK_BYTES) {
        outbox.push(noteFrame({ type: 'ack', bytes: unacknowledged }))
        unacknowledged = 0
      }
    } else if (frame.note.type === 'cancel') {
      transfer.set('cancelled', `${nick} cancelled it.`)
    } else if (frame.note.type === 'end') {
      transfer.sha256 = file.hash()
      outbox.push(noteFrame({ type: 'ack', bytes: unacknowledged }))
      outbox.push(noteFrame({ type: 'done', sha256: transfer.sha256 }))
      if (frame.note.sha256 === transfer.sha256 && file.size === transfer.size) {
        transfer.blob = file.blob()
        transfer.set('done')
      } else transfer.set('failed', 'What arrived is not what was sent: the hashes differ.')
    }
  }
  outbox.end()
  transfer.set('failed', `${nick} left or lost the connection.`)
}

/** Puts a file together and hashes it on the way. */
class Collector {
  size = 0
  readonly #hash = sha256.create()
  #blobs: Blob[] = []
  #parts: BlobPart[] = []
  #partBytes = 0

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    this.#parts.push(bytes.slice())
    this.size += bytes.length
    this.#partBytes += bytes.length
    if (this.#partBytes >= BLOB_BYTES) this.#pack()
  }

  hash(): string {
    return bytesToHex(this.#hash.digest())
  }

  /** Of a type that no browser shows: a page that somebody sends must not open as a page of this server. */
  blob(): Blob {
    this.#pack()
    return new Blob(this.#blobs, { type: 'application/octet-stream' })
  }

  #pack(): void {
    if (this.#partBytes > 0) this.#blobs.push(new Blob(this.#parts))
    this.#parts = []
    this.#partBytes = 0
  }
}
