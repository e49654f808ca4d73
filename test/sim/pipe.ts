import type { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import type { Clock } from './clock.ts'
import { Emitter } from './emitter.ts'
import type { Machine } from './machine.ts'
import { Polling } from './polling.ts'

/** What a connection is like. Times in milliseconds. */
export interface Conditions {
  readonly latencyMs: number
  readonly jitterMs: number
  readonly bytesPerSecond: number
}

/** A Socket.IO packet on its way. */
export interface Packet {
  readonly type: number
  /** JSON, or a copy of what JSON cannot carry. */
  readonly data: unknown
  readonly bytes: number
  /** Which acknowledgement it asks for, or is. */
  readonly id?: number | undefined
}

/** Who is at an end of a connection. */
interface Endpoint {
  packet(packet: Packet): void
  closed(reason: string): void
}

/** Engine.IO's mark of a message, the first character of every packet. */
const MESSAGE = '4'
/** What a packet takes beside its data. */
const PACKET_BYTES = 16
/** A packet that takes longer than that to write arrives in parts, and each one is seen to move. */
const PART_MS = 300
/** The end of a connection is noticed that much later than what came before it was handed on. */
const END_MS = 0.01
/** A connection that needs longer for what is under way is clogged. */
const CLOGGED_MS = 1_000
/** Engine.IO's ping: an end that hears nothing closes between 20 and 45 seconds later. */
const PING_TIMEOUT_MS = 20_000
const PING_INTERVAL_MS = 25_000

/** One direction: in order and without loss for as long as it lives, like TCP. */
class Direction {
  readonly queue: (Packet | 'end')[] = []
  /** Nothing arrives any more, and nobody is told. */
  dead = false
  bytesRead = 0
  busyUntil = 0
  lastArrival = 0
  stalledUntil = 0
}

/** One end of a {@link Pipe}, shaped as Engine.IO's socket is as far as the packages look into it. */
export class End extends Emitter {
  readyState: 'open' | 'closed' = 'open'
  endpoint: Endpoint | undefined
  /** Sees what is written past Engine.IO. */
  wrote: (packet: Packet) => void = () => {}
  readonly machine: Machine
  readonly #webSocket: object
  /** Until it is upgraded. */
  #polling: Polling | undefined
  /** What a packet's binaries wait with, each in a frame of its own, until the turn is over. */
  #attachments: Packet[] = []
  readonly #out: Direction
  readonly #pipe: Pipe

  constructor(
    machine: Machine,
    pipe: Pipe,
    out: Direction,
    into: Direction,
    clock: Clock,
    bytesPerMs: () => number,
  ) {
    super()
    this.machine = machine
    this.#pipe = pipe
    this.#out = out
    const socket = {
      readyState: 1,
      get bufferedAmount() {
        return Math.max(0, Math.round((out.busyUntil - clock.now) * bytesPerMs()))
      },
      _socket: {
        get bytesRead() {
          return into.bytesRead
        },
      },
      _sender: {
        sendFrame: ([frames]: [Buffer]): void => {
          for (const text of textsOf(frames)) this.write(text)
        },
      },
    }
    const doWrite = (_: object, text: string): void => this.write(text)
    const close = (): void => this.#end('transport close')
    this.#webSocket = { name: 'websocket', writable: true, ws: socket, socket, doWrite, close }
  }

  get transport(): object {
    return this.#polling?.transport ?? this.#webSocket
  }

  get writeBuffer(): unknown[] {
    return this.#polling?.waiting ?? this.#attachments
  }

  send(packet: Packet): void {
    if (this.readyState === 'closed') return
    if (this.#polling) this.#polling.send(packet)
    else {
      this.#pipe.carry(this, this.#out, packet)
      if (typeof packet.data !== 'string') this.#attach(packet)
    }
  }

  /** A transport is written to past Engine.IO: what waits there is torn apart. */
  write(text: string): void {
    if (this.readyState === 'closed') return
    if (this.#polling || this.#attachments.length > 0) this.#pipe.torn()
    else {
      const data = text.slice(MESSAGE.length + 1)
      const packet = { type: Number(text[MESSAGE.length]), data, bytes: text.length }
      this.wrote(packet)
      this.send(packet)
    }
  }

  #attach(packet: Packet): void {
    this.#attachments.push(packet)
    this.#pipe.soon(this, () => {
      this.#attachments = []
    })
  }

  /** It begins with requests. */
  poll(): void {
    this.#polling = new Polling({
      request: (packets, answered) => {
        for (const packet of packets) this.#pipe.carry(this, this.#out, packet)
        this.#pipe.answer(this, this.#out, answered)
      },
      drained: () => this.fire('drain'),
      close: () => this.#end('transport close'),
    })
  }

  /** It goes on as a WebSocket as soon as no request is under way. */
  upgrade(): void {
    this.#polling?.upgrade(() => this.#hurry())
  }

  /** What waits for the next request leaves now. */
  #hurry(): void {
    const waiting = this.#polling?.waiting ?? []
    this.#polling = undefined
    for (const packet of waiting) this.send(packet)
  }

  /** This side closes the connection: what it had written before still arrives. */
  close(reason: string | boolean = 'forced close'): void {
    if (this.readyState === 'closed') return
    this.#hurry()
    this.#end(typeof reason === 'string' ? reason : 'forced close')
  }

  /** The same, and what waits for the next request is lost. */
  #end(reason: string): void {
    if (this.readyState === 'closed') return
    this.#pipe.end(this.#out)
    this.over(reason)
  }

  /** The connection is over for this side. */
  over(reason: string): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    this.endpoint?.closed(reason)
  }
}

/** ws' codes for a length that stands in the next 2 or 8 bytes of a frame. */
const LENGTH_16 = 126
const LENGTH_64 = 127

/** What whole WebSocket frames of a server's carry, one behind the other. */
function* textsOf(frames: Buffer): Generator<string> {
  let at = 0
  while (at < frames.length) {
    const code = frames.readUInt8(at + 1)
    const start = at + (code === LENGTH_64 ? 10 : code === LENGTH_16 ? 4 : 2)
    if (code === LENGTH_64) at = start + Number(frames.readBigUInt64BE(at + 2))
    else at = start + (code === LENGTH_16 ? frames.readUInt16BE(at + 2) : code)
    yield frames.toString('utf8', start, at)
  }
}

/** One connection between a client and a server process. */
export class Pipe {
  readonly client: End
  readonly server: End
  conditions: Conditions
  /** A packet came in between the frames of another one, or beside a request: its reader gives up. */
  torn: () => void = () => {}
  readonly #clock: Clock
  readonly #random: Random
  readonly #up = new Direction()
  readonly #down = new Direction()

  constructor(clock: Clock, random: Random, conditions: Conditions, client: Machine, server: Machine) {
    this.#clock = clock
    this.#random = random
    this.conditions = conditions
    const rate = () => this.conditions.bytesPerSecond / 1_000
    this.client = new End(client, this, this.#up, this.#down, clock, rate)
    this.server = new End(server, this, this.#down, this.#up, clock, rate)
  }

  get open(): boolean {
    return this.client.readyState === 'open' || this.server.readyState === 'open'
  }

  get dead(): boolean {
    return this.#up.dead || this.#down.dead
  }

  /** Something that the client said is on its way. */
  get unheard(): boolean {
    return this.#up.queue.length > 0
  }

  /** What was written when it was slow takes its time yet. */
  get clogged(): boolean {
    return Math.max(this.#up.lastArrival, this.#down.lastArrival) > this.#clock.now + CLOGGED_MS
  }

  /** What is under way is lost, both ways; each end notices in its own time. */
  cut(noticeMs: number): void {
    this.#up.dead = this.#down.dead = true
    for (const end of [this.client, this.server]) {
      this.#later(end, this.#random.next() * noticeMs, () => end.over('transport error'))
    }
  }

  /** Nothing arrives any more in one direction or both, and nobody is told: half-open. */
  swallow(up: boolean, down: boolean): void {
    this.#up.dead ||= up
    this.#down.dead ||= down
    if (up) this.#later(this.server, this.#pingMs, () => this.server.close('ping timeout'))
    if (down) this.#later(this.client, this.#pingMs, () => this.client.close('ping timeout'))
  }

  /** One end's machine sleeps for so long: the other end gives it up, and so does it itself when its clock ran on. */
  slept(end: End, ms: number, clockStops: boolean): void {
    for (const each of [this.client, this.server]) {
      const pingMs = this.#pingMs
      if (ms < pingMs || (each === end && clockStops)) continue
      this.#later(each, pingMs, () => each.close('ping timeout'))
    }
  }

  /** Nothing arrives for a while. */
  stall(ms: number): void {
    const until = this.#clock.now + ms
    this.#up.stalledUntil = this.#down.stalledUntil = until
  }

  /** At one end, in its next turn. */
  soon(end: End, run: () => void): void {
    this.#later(end, 0, run)
  }

  carry(end: End, direction: Direction, packet: Packet): void {
    const { latencyMs, jitterMs, bytesPerSecond } = this.conditions
    const clock = this.#clock
    const start = Math.max(direction.busyUntil, clock.now)
    const writingMs = ((packet.bytes + PACKET_BYTES) * 1_000) / bytesPerSecond
    direction.busyUntil = start + writingMs
    const arrival = direction.busyUntil + latencyMs + this.#random.next() * jitterMs
    direction.lastArrival = Math.max(direction.lastArrival, arrival)
    direction.queue.push(packet)
    if (start > clock.now || writingMs > PART_MS) {
      this.#later(end, direction.busyUntil - clock.now, () => end.fire('drain'))
    }
    for (let part = PART_MS; part < writingMs; part += PART_MS) {
      clock.after(start + part + latencyMs - clock.now, () => {
        if (!direction.dead) direction.bytesRead += 1
      })
    }
    this.#arrive(direction, direction.lastArrival)
  }

  /** One end begins with requests, and goes on as a WebSocket after so many milliseconds, if ever. */
  poll(upgradeMs: number | undefined): void {
    for (const end of [this.client, this.server]) {
      end.poll()
      if (upgradeMs !== undefined) this.#later(end, upgradeMs, () => end.upgrade())
    }
  }

  /** The answer to a request comes back, where everything comes through. */
  answer(end: End, direction: Direction, answered: () => void): void {
    const other = end === this.client ? this.server : this.client
    const back = direction === this.#up ? this.#down : this.#up
    const clock = this.#clock
    this.#later(other, direction.lastArrival - clock.now, () => {
      const { latencyMs, jitterMs } = this.conditions
      const ms = Math.max(direction.stalledUntil - clock.now, 0) + latencyMs + this.#random.next() * jitterMs
      this.#later(end, ms, () => {
        if (!direction.dead && !back.dead && end.readyState === 'open') answered()
      })
    })
  }

  end(direction: Direction): void {
    const { latencyMs } = this.conditions
    direction.lastArrival =
      Math.max(direction.lastArrival, direction.busyUntil + latencyMs, this.#clock.now) + END_MS
    direction.queue.push('end')
    this.#arrive(direction, direction.lastArrival)
    // what nobody tells the other side its ping does
    if (direction.dead) this.swallow(direction === this.#up, direction === this.#down)
  }

  get #pingMs(): number {
    return PING_TIMEOUT_MS + this.#random.next() * PING_INTERVAL_MS
  }

  /** Something comes to one end. */
  #later({ machine }: End, ms: number, run: () => void): void {
    this.#clock.after(ms, run, undefined, machine)
  }

  #arrive(direction: Direction, at: number): void {
    const end = direction === this.#up ? this.server : this.client
    this.#later(end, at - this.#clock.now, () => {
      if (direction.dead) return
      if (direction.stalledUntil > this.#clock.now) {
        this.#arrive(direction, direction.stalledUntil)
        return
      }
      const packet = direction.queue.shift()
      if (packet === undefined || end.readyState === 'closed') return
      if (packet === 'end') {
        end.over('transport close')
        return
      }
      direction.bytesRead += packet.bytes + PACKET_BYTES
      end.endpoint?.packet(packet)
    })
  }
}
