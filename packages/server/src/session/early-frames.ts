import { StarError } from '@socket-star/protocol'
import type { Frame } from '@socket-star/protocol/channel'
import { decodeFrame, type Encoded } from '@socket-star/protocol/session'
import type { Timers } from '@socket-star/pull-stream'

/** Frames that are kept for a socket whose token is being judged (SES-19). An honest client sends one there. */
export const MAX_EARLY_FRAMES = 4
/** So long another owner's HELLO is waited for before it gets the session without, in milliseconds (HS-13). */
export const EARLY_WAIT_MS = 1_000

/** What a client says right behind the token that it shows, before it is known whether it gets that session (SES-19). */
export class EarlyFrames {
  /** Nothing came, and it was not waited for. */
  isAwaited = true
  #heads: unknown[] = []
  #waiting: (() => void) | undefined

  /** The event `star`. @throws StarError ERR_BAD_FRAME for one that carries a message, and past {@link MAX_EARLY_FRAMES} */
  keep(args: readonly unknown[]): void {
    if (decodeFrame(args).payloads.length > 0)
      throw new StarError('ERR_BAD_FRAME', 'a message before a HELLO')
    if (this.#heads.length >= MAX_EARLY_FRAMES) {
      throw new StarError('ERR_BAD_FRAME', `${MAX_EARLY_FRAMES} frames at most before a session is there`)
    }
    this.#heads.push(args[0])
    this.close()
  }

  /** Resolves once the first one is there, after {@link EARLY_WAIT_MS} without one, or when it is not waited for any more. */
  async wait(timers: Timers): Promise<void> {
    let cancel: (() => void) | undefined
    await new Promise<void>((resolve) => {
      this.#waiting = resolve
      cancel = timers.after(EARLY_WAIT_MS, resolve)
    })
    cancel?.()
    this.isAwaited = false
  }

  /** The first one, if there is any. */
  get first(): Frame<Encoded> | undefined {
    return this.#heads.length > 0 ? decodeFrame([this.#heads[0]]) : undefined
  }

  /** Hands on what was kept, in order. */
  replay(receive: (args: readonly unknown[]) => void): void {
    for (const head of this.#heads) receive([head])
    this.#heads = []
  }

  /** Nobody waits any more. */
  close(): void {
    this.isAwaited = false
    this.#waiting?.()
  }
}
