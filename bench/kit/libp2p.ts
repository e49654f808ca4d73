/**
 * js-libp2p, with types for what the benchmarks use of it. It is installed in
 * `bench/peers`, out of the root tree, so its own types are not at hand.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { until } from './until.ts'

const MODULE = join(import.meta.dirname, '../peers/index.js')

/** How many streams of a protocol a node takes at once: the benchmarks close theirs. */
const MAX_STREAMS = 1_024
const MANY = 100_000
const ADDRESS_LIMIT_MS = 10_000

/** What comes in on a stream: one array, or a list of them that can be sent as it is. */
export interface Data {
  readonly byteLength: number
}

interface StreamEvents {
  message: { readonly data: Data }
  drain: unknown
  close: { readonly error?: Error }
  remoteCloseWrite: unknown
}

/** A stream of js-libp2p 3. */
export interface Stream {
  send(data: Data): boolean
  close(): Promise<void>
  addEventListener<K extends keyof StreamEvents>(
    event: K,
    listener: (event: StreamEvents[K]) => void,
    options?: { once?: boolean },
  ): void
}

interface Multiaddr {
  toString(): string
}

/** A libp2p node. */
export interface Node {
  getMultiaddrs(): Multiaddr[]
  hangUp(address: Multiaddr): Promise<void>
  dialProtocol(address: Multiaddr, protocol: string, options: object): Promise<Stream>
  handle(protocol: string, handler: (stream: Stream) => void, options: object): Promise<void>
}

/** WebSockets, noise and yamux, listening where it is told. */
export async function startNode(
  listen: readonly string[],
  options: { readonly relays?: boolean } = {},
): Promise<Node> {
  const { createLibp2p, webSockets, noise, yamux, identify, circuitRelayServer, circuitRelayTransport } =
    await load()
  return createLibp2p({
    addresses: { listen },
    transports: [webSockets(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    // Its default of five new connections a second would be measured instead of a dial.
    connectionManager: { inboundConnectionThreshold: MANY, maxIncomingPendingConnections: MANY },
    services: {
      identify: identify(),
      // Its default limit of 128 KiB a connection would end a benchmark early.
      ...(options.relays
        ? { relay: circuitRelayServer({ reservations: { applyDefaultLimit: false } }) }
        : {}),
    },
  })
}

/** A node that relays for others; the answer is its address. */
export async function startRelay(): Promise<string> {
  const node = await startNode(['/ip4/127.0.0.1/tcp/0/ws'], { relays: true })
  return waitForAddress(node, '/ws')
}

/** The first address with a part. One over a relay is there only once the relay agreed to a reservation. */
export async function waitForAddress(node: Node, part: string): Promise<string> {
  const address = () => node.getMultiaddrs().find((each) => each.toString().includes(part))
  await until(`address with ${part}`, ADDRESS_LIMIT_MS, () => address() !== undefined)
  return address()?.toString() ?? ''
}

/** Serves a protocol, on relayed connections too. */
export function serve(node: Node, protocol: string, handler: (stream: Stream) => void): Promise<void> {
  return node.handle(protocol, handler, { runOnLimitedConnection: true, maxInboundStreams: MAX_STREAMS })
}

/** Opens a stream, over a relay too. */
export async function openStream(node: Node, address: string, protocol: string): Promise<Stream> {
  return node.dialProtocol(await parse(address), protocol, {
    runOnLimitedConnection: true,
    maxOutboundStreams: MAX_STREAMS,
  })
}

/** Reads an address. */
export async function parse(address: string): Promise<Multiaddr> {
  const { multiaddr } = await load()
  return multiaddr(address)
}

// biome-ignore lint/suspicious/noExplicitAny: its types are not installed where this is type-checked
async function load(): Promise<any> {
  return import(pathToFileURL(MODULE).href)
}
