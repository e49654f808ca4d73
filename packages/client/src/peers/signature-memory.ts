import { MAX_REMEMBERED_SIGNATURES } from './limits.ts'

/**
 * A shipped server keeps the challenge of an address until the socket is gone
 * and reads every later join of it as the answer (JOIN-18). So the signature
 * that it accepted joins the address again, on the same connection only.
 */
export class SignatureMemory {
  #connectionId: string | undefined
  readonly #signatures = new Map<string, string>()

  recall(connectionId: string | undefined, canonical: string): string | undefined {
    if (connectionId === undefined || connectionId !== this.#connectionId) return undefined
    return this.#signatures.get(canonical)
  }

  /** Keeps a signature; beyond {@link MAX_REMEMBERED_SIGNATURES} the oldest is forgotten. */
  remember(connectionId: string | undefined, canonical: string, signature: string): void {
    if (connectionId !== this.#connectionId) this.#signatures.clear()
    this.#connectionId = connectionId
    this.#signatures.set(canonical, signature)
    const oldest = this.#signatures.keys().next()
    if (this.#signatures.size > MAX_REMEMBERED_SIGNATURES && !oldest.done) {
      this.#signatures.delete(oldest.value)
    }
  }
}
