import type { Peer } from '@socket-star/client'
import { type Note, noteFrame } from './frames.ts'
import type { Outbox } from './outbox.ts'
import type { Person } from './person.ts'
import { explain } from './reasons.ts'
import { MAX_FILE_BYTES, readOffer, receiveFile } from './receive-file.ts'
import { sendFile } from './send-file.ts'
import { openStream, type Stream } from './stream.ts'
import { Transfer } from './transfer.ts'

/** Offers that may wait for an answer or run at once; more are declined. */
const MAX_INCOMING = 8

/** What the page is told. */
export interface FileEvents {
  started(transfer: Transfer): void
  changed(transfer: Transfer): void
}

/** The files on their way to and from this page, each on a stream of its own. */
export class Files {
  #incoming = 0
  readonly #peer: Peer
  readonly #events: FileEvents

  constructor(peer: Peer, events: FileEvents) {
    this.#peer = peer
    this.#events = events
  }

  /** Dials a person and offers a file. How it goes is told through the transfer. */
  async send(person: Person, file: File): Promise<void> {
    const transfer = new Transfer('out', person, file, this.#events.changed)
    transfer.file = file
    this.#events.started(transfer)
    try {
      const duplex = await this.#peer.dial(person.address, { signal: transfer.cancelled })
      const { outgoing, listen } = sendFile(file, transfer)
      await listen(openStream(duplex, outgoing()))
    } catch (error) {
      if (transfer.cancelled.aborted) transfer.set('cancelled', 'You cancelled it.')
      else transfer.set('failed', explain(error, person.nick))
    }
  }

  /** Somebody offers a file. */
  async receive(person: Person, offer: Note, stream: Stream, outbox: Outbox): Promise<void> {
    const file = readOffer(offer)
    const refusal =
      file === undefined
        ? 'The offer could not be read.'
        : file.size > MAX_FILE_BYTES
          ? 'It is larger than 2 GiB, the most that the other page takes.'
          : this.#incoming >= MAX_INCOMING
            ? 'The other page has too many files waiting.'
            : undefined
    if (file === undefined || refusal !== undefined) {
      outbox.push(noteFrame({ type: 'decline', reason: refusal }))
      return
    }
    const transfer = new Transfer('in', person, file, this.#events.changed)
    this.#events.started(transfer)
    this.#incoming += 1
    try {
      await receiveFile(transfer, stream, outbox)
    } catch (error) {
      transfer.set('failed', explain(error, person.nick))
    } finally {
      this.#incoming -= 1
    }
  }
}
