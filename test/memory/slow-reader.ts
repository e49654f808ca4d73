import { Cast, type Maker, type Peer, type Server, type ServerMaker } from '../interop/cast.ts'
import { dial, type Line, transfer } from '../interop/line.ts'
import type { Outcome } from '../interop/roles/streams.ts'
import { MIB, RssWatch, residentBytes } from './rss.ts'

/** What becomes of the reader while the sender pushes. */
export type Reader =
  /** Its process is stopped (SIGSTOP) once the first bytes have come. */
  | 'stopped'
  /** Its application does not read. */
  | 'unread'
  /** Its application reads at half the speed that the same pair reached before. */
  | 'half-speed'

/** One stream through one server, each in a process of its own. */
export interface Scenario {
  readonly sender: Maker
  readonly receiver: Maker
  readonly reader: Reader
  readonly bytes: number
}

/** What was measured. */
export interface Measured {
  /** The server's RSS at its highest, above what it was before the first stream, in bytes. */
  readonly risenBytes: number
  /** The server's RSS after the stream, above what it was at work before it, in bytes. */
  readonly aboveBytes: number
  /** How the sender's application saw the direction that it wrote, and the one that it read. */
  readonly sent: Outcome
  readonly sendersRead: Outcome
  /** How the receiver's application saw what it read. */
  readonly received: Outcome
  /** What the receiver had when it was stopped, in bytes. */
  readonly beforeStop: number
  /** What the roles wrote for people. */
  readonly notes: string
}

/** Transfers first fill the pools and warm the code: the base is that of a server at work. */
const WARM_UP_BYTES = 64 * MIB
const WARM_WITHIN_BYTES = 2 * MIB
const QUIET_ROUNDS = 2
const MAX_WARM_UPS = 8
/** What the sender hands to its stream at a time. */
export const CHUNK_BYTES = 64 * 1024
/** How long a whole scenario may take, in milliseconds. */
export const SCENARIO_LIMIT_MS = 150_000
/** How far above its base, and how long after the stream, the server may be: the figures of the promise. */
export const BACK_WITHIN_BYTES = 16 * MIB
const BACK_AFTER_MS = 30_000

/** Plays a scenario from start to end and takes the figures, of the `socket-star` command unless another server is named. */
export async function play(scenario: Scenario, serverMaker: ServerMaker = 'our command'): Promise<Measured> {
  const cast = new Cast()
  const watches: RssWatch[] = []
  const watch = (server: Server) => {
    const started = new RssWatch(server.role.pid)
    watches.push(started)
    return started
  }
  try {
    const server = await cast.server(serverMaker)
    const [sender, receiver] = await Promise.all([
      cast.peer('sender', scenario.sender, 'rsaA', server),
      cast.peer('receiver', scenario.receiver, 'rsaB', server),
    ])
    const sinceStart = watch(server)
    const bytesPerS = await warmUp(server, sender, receiver)
    const sinceWarm = watch(server)
    const outcome = await push(scenario, await dial(sender, receiver), bytesPerS)
    const aboveBytes = await sinceWarm.fallenTo(BACK_WITHIN_BYTES, BACK_AFTER_MS)
    return { risenBytes: sinceStart.risenBytes, aboveBytes, ...outcome, notes: cast.notes }
  } catch (error) {
    throw new Error(`${String(error)}\n${cast.notes}`, { cause: error })
  } finally {
    for (const started of watches) started.close()
    await cast.close()
  }
}

/** Transfers until two in a row no longer raise what the server holds; the answer is the speed of the last, in bytes/s. */
async function warmUp(server: Server, sender: Peer, receiver: Peer): Promise<number> {
  let quietRounds = 0
  for (let round = 1; ; round++) {
    const before = residentBytes(server.role.pid)
    const { bytes, ms } = await transfer(await dial(sender, receiver), `warm-up ${round}`, WARM_UP_BYTES)
    const grown = residentBytes(server.role.pid) - before
    quietRounds = grown <= WARM_WITHIN_BYTES ? quietRounds + 1 : 0
    if (quietRounds === QUIET_ROUNDS || round === MAX_WARM_UPS) return (bytes / ms) * 1000
  }
}

/** How the stream ended, for all who had a part in it. */
type Outcomes = Omit<Measured, 'risenBytes' | 'aboveBytes' | 'notes'>

async function push(scenario: Scenario, line: Line, bytesPerS: number): Promise<Outcomes> {
  const plan = { seed: 'pushed', bytes: scenario.bytes, chunkBytes: CHUNK_BYTES }
  const read = (options: object = {}) =>
    call<Outcome>(line.to, 'receive', { stream: line.toStream, ...options })
  let receiving: Promise<Outcome> | undefined
  if (scenario.reader === 'stopped') receiving = read()
  if (scenario.reader === 'half-speed') receiving = read({ bytesPerS: bytesPerS / 2 })
  const sending = call<Outcome>(line.from, 'send', { stream: line.fromStream, ...plan })
  const reading = call<Outcome>(line.from, 'receive', { stream: line.fromStream })
  const beforeStop = scenario.reader === 'stopped' ? await stopAfterFirstBytes(line) : 0
  // nothing is cut: then the direction that carries nothing is ended here
  if (!isCutExpected(scenario)) await call(line.to, 'send', { stream: line.toStream, ...plan, bytes: 0 })
  // a legacy sender goes on after the cut, and no process can be stopped for longer than heartbeats allow
  const sendersRead = await reading
  await line.to.role.signal('SIGCONT')
  const sent = await sending
  const received = await (receiving ?? read())
  return { sent, sendersRead, received, beforeStop }
}

/**
 * A legacy receiver keeps whatever its application does not read in its own
 * process, without a limit: nothing waits on the server, and nothing is cut.
 */
export function isCutExpected({ reader, receiver }: Scenario): boolean {
  return reader === 'stopped' || (reader === 'unread' && receiver === 'ours')
}

async function stopAfterFirstBytes(line: Line): Promise<number> {
  let bytes = 0
  while (bytes === 0) bytes = await call<number>(line.to, 'received', { stream: line.toStream })
  await line.to.role.signal('SIGSTOP')
  return bytes
}

function call<T>(peer: Peer, command: string, args: object): Promise<T> {
  return peer.role.call<T>(command, args, SCENARIO_LIMIT_MS)
}
