import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Encoded, MemoryRoomLog } from '@socket-star/protocol/session'
import { MemoryStore, type SessionOptions } from '@socket-star/server'
import type { Owner } from './clock.ts'
import type { Context } from './context.ts'
import { ServerProcess } from './process.ts'
import type { Scenario } from './scenario.ts'
import { SlowStore } from './slow-store.ts'

/** The longest that no server runs, in milliseconds. */
const DOWN_MS = 1_000
/** The same once the network is back. */
const SHORTLY_MS = 100
/** The longest that a drain is given, in milliseconds. */
const DRAIN_MS = [200, 2_000] as const

/** A process that crashes here keeps its claim of the state file: no directory may have a name that another had. */
let directories = 0

/** One server process after another, and the state that one leaves to the next. */
export class Servers {
  /** Undefined while none runs. */
  current: ServerProcess | undefined
  restarts = 0
  readonly #context: Context
  readonly #directory = mkdtempSync(join(tmpdir(), `star-sim-${++directories}-`))
  /** What an earlier process had left, kept: a stale state. */
  readonly #copyFile = join(this.#directory, 'copy')
  /** Outlives the processes, where there is one. */
  readonly #roomLog: MemoryRoomLog<Encoded> | undefined
  /** Outlives them, too. */
  readonly #store: MemoryStore
  #last = 0

  constructor(context: Context) {
    const { history } = context.scenario
    this.#context = context
    this.#store = new MemoryStore(() => context.clock.now)
    if (history === undefined) return
    this.#roomLog = new MemoryRoomLog<Encoded>({ newEpoch: () => 'one', historyMessages: history })
  }

  start(): void {
    this.#last += 1
    this.current = new ServerProcess(this.#context, this.#last, (owner) => this.#rest(owner))
    this.#context.note(() => `server ${this.#last} runs`)
  }

  /** The process stops or dies, as the scenario says, and another one comes. */
  restart(): void {
    const { clock, random, scenario, note } = this.#context
    const server = this.current
    if (server === undefined || scenario.restarts === 'none') return
    const kind = scenario.restarts === 'stale' && random.chance(0.4) ? 'graceful' : scenario.restarts
    note(() => `the server stops: ${kind}`)
    this.restarts += 1
    this.current = undefined
    if (kind === 'crash' || kind === 'stale' || (kind === 'durable' && random.chance(0.7))) {
      this.#crash(server, kind)
      return
    }
    if (random.chance(0.5)) server.star.drain()
    clock.after(random.chance(0.5) ? 0 : random.next() * random.pick(DRAIN_MS), () => {
      server.stop()
      if (kind === 'durable') this.#loseRooms()
      else {
        copyFileSync(this.#stateFile(0), this.#copyFile)
        renameSync(this.#stateFile(0), this.#stateFile(1))
      }
      this.#again()
    })
  }

  clean(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** The state file of the last process, or of one after it: one that died within this process still has its own. */
  #stateFile(after: number): string {
    return join(this.#directory, `state${this.#last + after}`)
  }

  #crash(server: ServerProcess, kind: Scenario['restarts']): void {
    const { oracle } = this.#context
    server.crash()
    if (kind !== 'durable') oracle.crashed()
    if (kind === 'stale' && existsSync(this.#copyFile)) {
      copyFileSync(this.#copyFile, this.#stateFile(1))
      if (this.#roomLog === undefined) oracle.rooms.unsure = true
    } else this.#loseRooms()
    this.#again()
  }

  /** A log of rooms that was the process' own is gone with it. */
  #loseRooms(): void {
    if (this.#roomLog === undefined) this.#context.oracle.rooms.begin(this.#last + 1)
  }

  /** Where sessions rest. */
  #rest(owner: Owner): SessionOptions {
    const roomLog = this.#roomLog
    if (this.#context.scenario.restarts !== 'durable') return { stateFile: this.#stateFile(0), roomLog }
    return { store: new SlowStore(this.#context, owner, this.#store), roomLog }
  }

  #again(): void {
    const { clock, random } = this.#context
    clock.after(random.next() * (this.#context.calm ? SHORTLY_MS : DOWN_MS), () => this.start())
  }
}
