import {
  createRelay,
  createSink,
  createSource,
  type Relay,
  type RelayEnd,
  type RelayOptions,
  type Sink,
  type Source,
  type StreamEnd,
  type StreamOptions,
} from '@socket-star/pull-stream'
import type { Connection, Host } from './host.ts'

export const ID = 'f7a1.dialer'
export const ACCEPT = `socket.io-pull-stream.accept.${ID}`
export const QUEUE = `socket.io-pull-stream.queue.${ID}`
export const ERROR = `socket.io-pull-stream.error.${ID}`

/** A stream from one client through the server to another. */
export interface Relayed {
  writer: Connection
  reader: Connection
  relay: Relay
  relayEnds: RelayEnd[]
  /** How the clients' halves ended, in the order they did. */
  writerEnds: StreamEnd[]
  readerEnds: StreamEnd[]
  sink: Sink<Uint8Array>
  /** Makes the reader's half: accepts. */
  accept(options?: StreamOptions): Source<Uint8Array>
  /** Listeners of the stream on the four sockets, and on the connections of the server. */
  listeners(): number
}

export async function relayed(
  host: Host,
  options: RelayOptions = {},
  sinkOptions: StreamOptions = {},
): Promise<Relayed> {
  const [writer, reader] = [await host.connect(), await host.connect()]
  const connections = [writer, reader]
  const sockets = connections.flatMap(({ client, server }) => [client, server])
  const names = [ACCEPT, QUEUE, ERROR, 'disconnect']
  const engineListeners = () =>
    connections.reduce(
      (sum, { server }) =>
        sum + ['drain', 'packet', 'flush'].reduce((n, name) => n + server.conn.listenerCount(name), 0),
      0,
    )
  const engineListenersBefore = engineListeners()
  const relayEnds: RelayEnd[] = []
  const writerEnds: StreamEnd[] = []
  const readerEnds: StreamEnd[] = []
  const relay = createRelay(writer.server, reader.server, ID, {
    onEnd: (end) => relayEnds.push(end),
    ...options,
  })
  return {
    writer,
    reader,
    relay,
    relayEnds,
    writerEnds,
    readerEnds,
    sink: createSink(writer.client, ID, { onEnd: (end) => writerEnds.push(end), ...sinkOptions }),
    accept: (given) => createSource(reader.client, ID, { onEnd: (end) => readerEnds.push(end), ...given }),
    listeners: () =>
      sockets.reduce(
        (sum, socket) => sum + names.reduce((n, name) => n + socket.listeners(name).length, 0),
        0,
      ) +
      engineListeners() -
      engineListenersBefore,
  }
}
