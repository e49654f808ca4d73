import { StarError } from '@socket-star/protocol'
import { decodeFrame } from '@socket-star/protocol/session'

/** Frames that are kept for a socket whose token is being judged (SES-19). An honest client sends one there. */
export const MAX_EARLY_FRAMES = 4

/** What a client says right behind the token that it shows, before it is known whether it gets that session (SES-19). */
export class EarlyFrames {
  #heads: unknown[] = []

  /** The event `star`. @throws StarError ERR_BAD_FRAME for one that carries a message, and past {@link MAX_EARLY_FRAMES} */
  keep(args: readonly unknown[]): void {
    if (decodeFrame(args).payloads.length > 0)
      throw new StarError('ERR_BAD_FRAME', 'a message before a HELLO')
    if (this.#heads.length >= MAX_EARLY_FRAMES) {
      throw new StarError('ERR_BAD_FRAME', `${MAX_EARLY_FRAMES} frames at most before a session is there`)
    }
    this.#heads.push(args[0])
  }

  /** Hands on what was kept, in order. */
  replay(receive: (args: readonly unknown[]) => void): void {
    for (const head of this.#heads) receive([head])
    this.#heads = []
  }
}
