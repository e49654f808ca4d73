import { pressureOf } from '@socket-star/pull-stream'
import { MAX_SOCKETS_PER_CONNECTION, PING_BURST, PINGS_PER_SECOND, UNREAD_CONNECT_BYTES } from '../limits.ts'
import { TokenBucket } from '../quota/token-bucket.ts'
import type { AnyNamespace, AnySocket, Connection } from '../socket-types.ts'
import { followArrivals } from './arrivals.ts'
import { telling, type Watcher, watchMade } from './layer.ts'
import { createPacketCheck, PacketFault } from './packet-check.ts'

type Listener = (packet: unknown) => void

/** What Socket.IO's parsers have in common: an emitter of `decoded`. */
interface Decoder {
  on(event: 'decoded', listener: Listener): unknown
  off(event: 'decoded', listener: Listener): unknown
}

/** The parser of a server, and what it makes of one connection: insides of Socket.IO that all of 4.x has. */
interface ServerInsides {
  _parser?: Parser
}
interface Parser {
  readonly Decoder: new (...args: never[]) => Decoder
}
interface ConnectionInsides {
  readonly server?: { readonly opts?: { readonly pingInterval?: number } }
}
interface ClientInsides {
  readonly decoder?: Decoder
  readonly ondecoded?: Listener
  /** Those that the client asked for twice in one turn are in here, too: nothing reaches them, and nothing ends them. */
  readonly sockets?: { readonly size?: number }
}

/** What some star guards already: the stars of a server's namespaces share its connections. */
const guarded = new WeakSet<Decoder>()
const bounded = new WeakSet<Connection>()

/**
 * Closes a connection whose packet Socket.IO could not deliver without ending
 * the process (LIM-5, LIM-8), and one that pings and pings (LIM-9). It looks at
 * what the parser decoded, whatever parser that is and whatever the packet looks
 * like on the wire, just before Socket.IO does. A listener of `decoded` that throws is what Socket.IO has
 * for a packet that breaks the protocol: it closes the connection.
 */
export class PacketGuard {
  readonly #onViolation: () => void
  readonly #now: () => number
  #unwatch = (): void => {}

  /** `now` is in milliseconds. */
  constructor(onViolation: () => void, now: () => number) {
    this.#onViolation = onViolation
    this.#now = now
  }

  /** Guards the connections of a server that come from now on, from their first packet. */
  watchServer(server: AnyNamespace['server']): void {
    const insides = server as unknown as ServerInsides
    if (insides._parser === undefined) return
    const arrivals = followArrivals(server)
    const unwatch = watchMade(insides as Required<ServerInsides>, '_parser', tellingParser, (decoder) =>
      this.#guard(decoder, arrivals.take()),
    )
    this.#unwatch = () => {
      unwatch()
      arrivals.stop()
    }
  }

  /** Guards the connection of a socket that may have been there before. */
  watch(socket: AnySocket): void {
    this.#boundPings(socket.conn)
    const { decoder, ondecoded, sockets } = socket.client as unknown as ClientInsides
    if ((sockets?.size ?? 0) > MAX_SOCKETS_PER_CONNECTION) this.#end(socket.conn)
    if (decoder === undefined || ondecoded === undefined || guarded.has(decoder)) return
    // listeners are called in their order, and this one has to be the first
    decoder.off('decoded', ondecoded)
    this.#guard(decoder, socket.conn)
    decoder.on('decoded', ondecoded)
  }

  close(): void {
    this.#unwatch()
    this.#unwatch = () => {}
  }

  /** A client of Engine.IO 3 is answered each ping, and may never read the answers. */
  #boundPings(connection: Connection): void {
    if (bounded.has(connection)) return
    bounded.add(connection)
    const { pingInterval = Number.POSITIVE_INFINITY } =
      (connection as unknown as ConnectionInsides).server?.opts ?? {}
    const expectedPerSecond = 1000 / pingInterval
    const pings = new TokenBucket(Math.max(PINGS_PER_SECOND, 2 * expectedPerSecond), PING_BURST, this.#now())
    connection.on('packet', ({ type }) => {
      if (type === 'ping' && !pings.take(this.#now())) this.#end(connection)
    })
  }

  #end(connection: Connection): void {
    // it is told once: more of the same may have come already
    if (connection.readyState === 'open') this.#onViolation()
    connection.close(true)
  }

  #guard(decoder: Decoder, connection: Connection | undefined): void {
    if (guarded.has(decoder)) return
    guarded.add(decoder)
    const check = createPacketCheck(
      () => connection !== undefined && isBehind(connection),
      connection?.protocol !== 4,
    )
    decoder.on('decoded', (packet) => {
      try {
        check(packet)
      } catch (error) {
        if (error instanceof PacketFault) {
          this.#onViolation()
          // without waiting until it has read what waits for it
          connection?.close(true)
        }
        throw error
      }
    })
  }
}

function isBehind(conn: Connection): boolean {
  return pressureOf({ conn } as unknown as AnySocket).bufferedBytes() > UNREAD_CONNECT_BYTES
}

function tellingParser(parser: Parser, tell: Watcher<Decoder>): Parser {
  return { ...parser, Decoder: telling(parser.Decoder, tell) }
}
