import { randomBytes } from 'node:crypto'
import type { Sender } from '../benches/streams.ts'
import { type Duplex, readAll } from './pull.ts'
import { Windowed } from './windowed.ts'

/** Many pull-streams at once, with a window that the receiver's answers move, or without one. */
export function pullStreams(dial: () => Promise<Duplex>, windowChunks?: number): Sender {
  let streams: Duplex[] = []
  let filled: Windowed[] = []
  return {
    async open(count) {
      streams = []
      for (let nth = 0; nth < count; nth++) streams.push(await dial())
    },
    async start(chunkBytes) {
      const chunk = randomBytes(chunkBytes)
      filled = streams.map(({ source, sink }) => {
        const windowed = new Windowed(chunk, windowChunks)
        sink(windowed.source)
        void readAll(source, (answer) => windowed.acknowledge(answer[0] ?? 0))
        return windowed
      })
    },
    async stop() {
      return filled.reduce((sum, each) => sum + each.end(), 0)
    },
  }
}
