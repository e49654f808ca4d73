/**
 * Two sides of the handshake on a wire that a test steps through: what a side
 * says waits in line until the test lets it arrive. The documents' own tokens
 * have four characters; tokens are handed out in the order that the test names.
 */
import { createHash } from 'node:crypto'
import {
  admit,
  CLOSE_REASONS,
  type Claim,
  type Close,
  type CloseReason,
  ServerHandshake,
  type ServerHandshakeOutput,
  ServerIdentity,
  type ServerOutput,
  type Standing,
  type Status,
} from '@socket-star/protocol/session'
import { type ClientOutput, RecordedIdentity } from './recorded-identity.ts'

export const L = 4
export const sha256 = (token: string) => createHash('sha256').update(token).digest('hex')

/** What the documents list of a node. */
export interface View {
  status: Status
  token?: string | undefined
  local?: string | undefined
  remote?: string | undefined
}

/** `star-close` on its way. */
class Closing {
  readonly close: Close
  constructor(close: Close) {
    this.close = close
  }
}

interface Wire {
  readonly id: number
  readonly server: ServerHandshake
  readonly claim: Claim
  readonly toServer: unknown[]
  readonly toClient: unknown[]
  question?: Extract<ServerHandshakeOutput, { do: 'ask' }>['question']
  session?: ServerIdentity
  open: boolean
  /** The client closed it; what it had said before still arrives. */
  leaving?: boolean
}

/** A server with its session records, and one client. */
export class DopWorld {
  now = 0
  readonly client: RecordedIdentity
  readonly clientLog: ClientOutput[] = []
  readonly serverLog: (ServerOutput | ServerHandshakeOutput)[] = []
  readonly sessions = new Map<string, ServerIdentity>()
  readonly ended = new Set<string>()
  readonly wires = new Map<number, Wire>()
  /** When true, look-ups wait for {@link answer}. */
  slow = false
  readonly #serverTokens: string[]
  principal: string | undefined

  constructor(tokens: { client: string; server: string[]; owner?: string; resume?: string }) {
    this.#serverTokens = [...tokens.server]
    this.client = new RecordedIdentity(tokens.client, tokens.owner ?? 'owner-1', tokens.resume)
  }

  /** Opens socket `id`: both sides exist, nothing was delivered yet. */
  connect(id: number, announced = true): void {
    const announcement = announced ? this.client.announce() : undefined
    const server = new ServerHandshake({
      local: this.#serverTokens.shift() ?? 'YYYY',
      digest: sha256,
      tokenLength: L,
    })
    const [, owner, attempt = 0] = announcement ?? []
    const claim = { owner, attempt, principal: this.principal }
    const wire: Wire = { id, server, claim, toServer: [], toClient: [], open: true }
    this.wires.set(id, wire)
    if (announced) this.#server(wire, server.open())
    this.#client(this.client.open(id, announced))
  }

  /** Lets the next thing that the client said on a socket arrive. */
  toServer(id: number): unknown {
    const wire = this.wire(id)
    const value = wire.toServer.shift()
    this.#server(wire, wire.server.receive(value))
    if (wire.leaving && wire.toServer.length === 0) this.cutServer(id)
    return value
  }

  /** Lets the next thing that the server said on a socket arrive. */
  toClient(id: number): unknown {
    const wire = this.wire(id)
    const value = wire.toClient.shift()
    this.#client(
      value instanceof Closing ? this.client.refused(id, value.close) : this.client.receive(id, value),
    )
    return value
  }

  /** Lets everything arrive, on every socket that is open. */
  settle(): void {
    for (let moved = true; moved; ) {
      moved = false
      for (const { id, toServer, toClient } of this.wires.values()) {
        if (toServer.length > 0) this.toServer(id)
        else if (toClient.length > 0) this.toClient(id)
        else continue
        moved = true
      }
    }
  }

  /** Cuts a socket; what was under way is lost. */
  cut(id: number): void {
    this.cutServer(id)
    this.#client(this.client.closed(id))
  }

  /** Only the server notices. */
  cutServer(id: number): void {
    const wire = this.wire(id)
    wire.open = false
    wire.server.close()
    wire.toServer.length = 0
    wire.toClient.length = 0
    if (wire.session) this.#session(wire.session.closed(id, this.now))
  }

  disconnectClient(): void {
    this.#client(this.client.disconnect())
  }

  endServer(id: number): void {
    const wire = this.wire(id)
    this.#server(wire, wire.server.end())
  }

  /** The server closes a socket for a reason of its own. */
  refuse(id: number, reason: CloseReason): void {
    this.#tell(this.wire(id), reason)
  }

  /** Collects what is due on the server. */
  advance(ms: number): void {
    this.now += ms
    for (const [hash, session] of this.sessions) {
      const outputs = session.timeout(this.now)
      this.#session(outputs)
      if (outputs.some((output) => output.do === 'expired')) this.sessions.delete(hash)
    }
  }

  /** The client as the documents list it. */
  get clientView(): View {
    const { local, newest, status, token } = this.client
    return { status, token, local, remote: newest?.remote }
  }

  /** A server's node that has only a socket, as the documents list it. */
  socketView(id: number): View {
    const { server } = this.wire(id)
    return { status: server.status, ...server.tokens }
  }

  /** The status of the session behind a merged token. */
  sessionStatus(token: string): Status | undefined {
    return this.sessions.get(sha256(token))?.status
  }

  wire(id: number): Wire {
    const wire = this.wires.get(id)
    if (wire === undefined) throw new Error(`no socket ${id}`)
    return wire
  }

  /** Answers the question that waits on a socket, from the records. */
  answer(id: number): void {
    const wire = this.wire(id)
    const { question, claim } = wire
    if (question === undefined) throw new Error('nothing was asked')
    delete wire.question
    if (question.kind === 'find') {
      const session = this.sessions.get(question.hash)
      const standing: Standing = this.ended.has(question.hash) ? { is: 'ended' } : { is: 'unknown' }
      const { admission, outputs } = session
        ? session.resume(id, claim)
        : { admission: admit(standing, claim), outputs: [] }
      if (session && admission.as === 'resume') {
        wire.session = session
        this.#server(wire, wire.server.answer(admission))
        this.#session(outputs)
        return
      }
      if (admission.as === 'refuse') {
        this.#server(wire, wire.server.answer(admission))
        return
      }
    }
    wire.session = new ServerIdentity({ holder: claim, confirmed: false }, this.now)
    this.sessions.set(question.freshHash, wire.session)
    this.#session(wire.session.preconnected(id))
    this.#server(wire, wire.server.answer({ as: 'fresh' }))
  }

  #server(wire: Wire, outputs: readonly ServerHandshakeOutput[]): void {
    for (const output of outputs) {
      this.serverLog.push(output)
      if (output.do === 'send') wire.toClient.push(output.token)
      else if (output.do === 'ask') {
        wire.question = output.question
        if (!this.slow) this.answer(wire.id)
      } else if (output.do === 'connected' && output.how !== 'resumed' && wire.session) {
        this.#session(wire.session.connected())
      } else if (output.do === 'ended' && wire.session) {
        for (const [hash, session] of this.sessions) {
          if (session !== wire.session) continue
          this.sessions.delete(hash)
          this.ended.add(hash)
        }
        this.#session(wire.session.end())
      } else if (output.do === 'refuse') {
        this.#tell(wire, output.reason)
      }
    }
  }

  #session(outputs: readonly ServerOutput[]): void {
    for (const output of outputs) {
      this.serverLog.push(output)
      if (output.do !== 'close') continue
      // records that two clients share name sockets of the other one too
      const wire = this.wires.get(Number(output.socket))
      if (wire) this.#tell(wire, output.reason)
    }
  }

  /** The server says why it closes a socket, after what it has said there before, and closes it. */
  #tell(wire: Wire, reason: CloseReason): void {
    if (!wire.open) return
    wire.open = false
    wire.server.close()
    wire.toServer.length = 0
    wire.toClient.push(new Closing({ reason, retryable: CLOSE_REASONS[reason], error: undefined }))
    if (wire.session) this.#session(wire.session.closed(wire.id, this.now))
  }

  #client(outputs: readonly ClientOutput[]): void {
    for (const output of outputs) {
      this.clientLog.push(output)
      if (output.do === 'send') this.wire(Number(output.socket)).toServer.push(output.token)
      else if (output.do === 'announce') {
        const wire = this.wire(Number(output.socket))
        const [, owner, attempt] = output.announcement
        Object.assign(wire.claim, { owner, attempt })
        this.#server(wire, wire.server.open())
      } else if (output.do === 'close') {
        const wire = this.wire(Number(output.socket))
        wire.leaving = true
        wire.toClient.length = 0
        if (wire.open && wire.toServer.length === 0) this.cutServer(wire.id)
      }
    }
  }
}
