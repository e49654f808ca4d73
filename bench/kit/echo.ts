import { type Duplex, Mailbox, type Source } from './pull.ts'

const PING = Uint8Array.of(1)

/** Sends back what comes in, until that ends. */
export function echo({ source, sink }: Duplex): void {
  sink(source)
}

/** Dials again and again; see `Dialler.dials`. */
export async function dialAgainAndAgain(dial: () => Promise<Duplex>, count: number): Promise<number[]> {
  const spans: number[] = []
  while (spans.length < count) {
    const start = performance.now()
    const stream = await dial()
    const ping = new Mailbox()
    stream.sink(ping.source)
    ping.put(PING)
    await firstOf(stream.source)
    spans.push(performance.now() - start)
    ping.end()
    await endOf(stream.source)
  }
  return spans
}

function firstOf(source: Source): Promise<void> {
  return new Promise((resolve, reject) => {
    source(null, (end) => (end ? reject(new Error(`the stream ended before the echo: ${end}`)) : resolve()))
  })
}

function endOf(source: Source): Promise<void> {
  return new Promise((resolve, reject) => {
    source(null, function next(end) {
      if (end === true) resolve()
      else if (end) reject(end)
      else source(null, next)
    })
  })
}
