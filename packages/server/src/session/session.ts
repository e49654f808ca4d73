import { type Listener, STATUS, type Status, type TimedEmitter } from '@socket-star/protocol/session'
import { checkSessionListener } from '../check-listener.ts'
import { TEXT_EVENT } from './audience.ts'
import { namesOf } from './rooms/broadcast.ts'
import type { SessionCore } from './session-core.ts'
import type { RoomEmitter, Session } from './types.ts'

type Callback = (...args: unknown[]) => unknown

const NO_ROOMS: ReadonlySet<string> = new Set()

/** What an application has of a session. */
export class ServerSession implements Session {
  readonly id: string
  data: Record<string, unknown>
  onMessage: ((text: string) => void) | undefined
  readonly #core: SessionCore

  constructor(core: SessionCore, data: Record<string, unknown>) {
    this.id = core.id
    this.data = data
    this.#core = core
  }

  get status(): Status {
    return this.#core.identity.status
  }

  get principal(): string | undefined {
    return this.#core.identity.holder.principal
  }

  get bufferedAmount(): number {
    return this.#core.conduit.channel.bufferedBytes
  }

  get rooms(): ReadonlySet<string> {
    return this.#core.rooms?.names ?? NO_ROOMS
  }

  get volatile(): { emit(event: string, ...args: unknown[]): boolean } {
    const { conduit, dialogue } = this.#core
    return {
      emit: (event, ...args) =>
        dialogue.emitVolatile(this.isConnected() ? conduit.current : undefined, event, args),
    }
  }

  on(event: string, listener: Listener): this {
    checkSessionListener(event, listener)
    this.#core.audience.listeners.add(event, listener)
    return this
  }

  once(event: string, listener: Listener): this {
    checkSessionListener(event, listener)
    this.#core.audience.listeners.addOnce(event, listener)
    return this
  }

  off(event?: string, listener?: Listener): this {
    this.#core.audience.listeners.remove(event, listener)
    return this
  }

  emit(event: string, ...args: unknown[]): boolean {
    return this.#core.dialogue.emit(event, args)
  }

  emitWithAck(event: string, ...args: unknown[]): Promise<never> {
    return this.#core.dialogue.emitWithAck(event, args)
  }

  timeout(ms: number): TimedEmitter<Record<string, Callback>> {
    return this.#core.dialogue.timed(ms)
  }

  send(text: string): boolean {
    if (!this.isConnected()) return false
    this.#core.dialogue.say([TEXT_EVENT, String(text)])
    return true
  }

  isConnected(): boolean {
    return this.status === STATUS.CONNECTED
  }

  flush(): Promise<void> {
    return this.#core.dialogue.flush()
  }

  join(rooms: string | readonly string[]): void {
    this.#core.checkOpen()
    for (const room of namesOf(rooms)) this.#core.inRooms.join(room)
  }

  leave(room: string): void {
    this.#core.rooms?.leave(room)
  }

  to(room: string | readonly string[]): RoomEmitter<Record<string, Callback>> {
    return this.#core.scope.to(room).except(this)
  }

  disconnect(): void {
    this.#core.disconnect()
  }
}
