import type { Source } from '@socket-star/pull-stream'

/** A source of these texts, each as one chunk. */
export function texts(...chunks: string[]): Source<Uint8Array> {
  const rest = chunks.map((chunk) => new TextEncoder().encode(chunk))
  return (abort, callback) => {
    const chunk = abort ? undefined : rest.shift()
    if (chunk === undefined) callback(abort || true)
    else callback(null, chunk)
  }
}

/** A source that yields nothing and ends when it is aborted; `ended` tells with what. */
export function open(): { source: Source<Uint8Array>; ended: Promise<unknown> } {
  let tell: (end: unknown) => void
  const ended = new Promise((resolve) => {
    tell = resolve
  })
  return {
    ended,
    source: (abort, callback) => {
      if (!abort) return
      tell(abort)
      callback(abort)
    },
  }
}

/** One read. */
export function read(source: Source<Uint8Array>): Promise<string> {
  return new Promise((resolve, reject) => {
    source(null, (end, chunk) => {
      if (end || chunk === undefined) reject(end)
      else resolve(new TextDecoder().decode(chunk))
    })
  })
}

/** Everything up to the end, as text; rejects when the end is an error. */
export async function all(source: Source<Uint8Array>): Promise<string> {
  let text = ''
  for (;;) {
    try {
      text += await read(source)
    } catch (end) {
      if (end === true) return text
      throw end
    }
  }
}
