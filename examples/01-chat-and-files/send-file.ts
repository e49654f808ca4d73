import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { bytesFrame, noteFrame } from './frames.ts'
import { explain } from './reasons.ts'
import type { Stream } from './stream.ts'
import type { Transfer } from './transfer.ts'

/** One frame on the wire. */
const CHUNK_BYTES = 64 * 1024
/** What is read from the disk at once: a read for each chunk would cost more than the sending. */
const READ_BYTES = 1024 * 1024

/**
 * The sending half of a transfer. `outgoing` is what the stream writes: an
 * offer, then as much of the file as the other page's window allows, then the
 * hash. `listen` reads the answers until the other page has checked the hash.
 */
export function sendFile(file: File, transfer: Transfer) {
  const credit = new Credit()
  transfer.cancelled.addEventListener('abort', () => credit.fail(new Error('cancelled')))

  async function* outgoing(): AsyncGenerator<Uint8Array> {
    yield noteFrame({ type: 'file', name: file.name, size: file.size })
    const hash = sha256.create()
    try {
      for (let read = 0; read < file.size; read += READ_BYTES) {
        const block = new Uint8Array(await file.slice(read, read + READ_BYTES).arrayBuffer())
        for (let at = 0; at < block.length; at += CHUNK_BYTES) {
          const chunk = block.subarray(at, at + CHUNK_BYTES)
          await credit.take(chunk.length)
          hash.update(chunk)
          yield bytesFrame(chunk)
        }
      }
      await credit.take(0)
      transfer.sha256 = bytesToHex(hash.digest())
      transfer.set('checking')
      yield noteFrame({ type: 'end', sha256: transfer.sha256 })
      await credit.finished
    } catch (error) {
      // the file could not be read, the transfer was cancelled, or the stream is gone anyway
      yield noteFrame({ type: 'cancel' })
      if (transfer.cancelled.aborted) transfer.set('cancelled', 'You cancelled it.')
      else transfer.set('failed', `${file.name} could not be read: ${messageOf(error)}`)
    }
  }

  async function listen({ frames, close }: Stream): Promise<void> {
    const { nick } = transfer.person
    try {
      for await (const frame of frames) {
        if (!('note' in frame)) continue
        const { note } = frame
        if (note.type === 'accept') {
          if (transfer.state === 'waiting') transfer.set('moving')
          credit.grant(sizeOf(note.window))
        } else if (note.type === 'ack') {
          const bytes = sizeOf(note.bytes)
          credit.grant(bytes)
          transfer.progress(Math.min(file.size, transfer.bytes + bytes))
        } else if (note.type === 'done' && transfer.state === 'checking') {
          // before that there is no hash that it could be the answer to
          if (note.sha256 === transfer.sha256) transfer.set('done')
          else transfer.set('failed', `What ${nick} received is not what you sent.`)
          return
        } else if (note.type === 'decline') {
          transfer.set('declined', text(note.reason) || `${nick} declined it.`)
          return
        } else if (note.type === 'cancel') {
          transfer.set('cancelled', `${nick} cancelled it.`)
          return
        }
      }
      transfer.set('failed', `${nick} left or lost the connection.`)
    } catch (error) {
      transfer.set('failed', explain(error, nick))
    } finally {
      credit.fail(new Error('the stream has ended'))
      close()
    }
  }

  return { outgoing, listen }
}

/** What the other page still has room for. */
class Credit {
  #bytes = -1 // below zero until the offer was accepted
  #wake: (() => void) | undefined
  #error: Error | undefined
  readonly finished: Promise<void>
  #finish: () => void = () => {}

  constructor() {
    this.finished = new Promise((resolve) => (this.#finish = resolve))
  }

  grant(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes) + bytes
    this.#wake?.()
  }

  fail(error: Error): void {
    this.#error ??= error
    this.#finish()
    this.#wake?.()
  }

  /** Waits until `bytes` fit; throws once the transfer is over. */
  async take(bytes: number): Promise<void> {
    while (this.#error === undefined && this.#bytes < bytes) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    if (this.#error !== undefined) throw this.#error
    this.#bytes -= bytes
  }
}

/** A number of bytes; whatever else the other page says counts as none. */
function sizeOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
