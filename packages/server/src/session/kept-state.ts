import type { Encoded, MemoryRoomLog } from '@socket-star/protocol/session'
import type { Log } from '../log.ts'
import type { MemoryStore } from '../store/memory-store.ts'
import { claimState, type StateClaim } from '../store/state-claim.ts'
import { takeState, writeState } from '../store/state-file.ts'

export interface KeptStateNeeds {
  readonly file: string
  readonly log: Log
  readonly store: MemoryStore
  /** This process' own log of rooms, when it has one. */
  readonly roomLog: MemoryRoomLog<Encoded> | undefined
}

/** What of a process' memory outlives it in a state file (OPS-6): the sessions at rest, and the rooms. */
export class KeptState {
  readonly #needs: KeptStateNeeds
  readonly #claim: StateClaim
  /** There are some that wait for their clients. */
  readonly hasSessions: boolean = false

  /**
   * Goes on from the file, and takes it away. One that cannot be read is set aside, and the log says so.
   *
   * @throws StarError ERR_CONFIG when the file is somebody else's, or cannot be written
   */
  constructor(needs: KeptStateNeeds) {
    const { file, log, store, roomLog } = needs
    this.#needs = needs
    this.#claim = claimState(file)
    try {
      const state = takeState(file)
      if (state === undefined) return
      store.load(state.sessions)
      roomLog?.restore(state.rooms)
      this.hasSessions = store.size > 0
      log.info('star.state-restored', { sessions: state.sessions.length, rooms: state.rooms.length })
    } catch (error) {
      log.error('star.state-refused', { error: error instanceof Error ? error.message : String(error) })
    }
  }

  /** Writes the file, which is anybody's then. @throws the system's error when it cannot be written */
  write(): void {
    const { file, log, store, roomLog } = this.#needs
    const state = { sessions: store.dump(), rooms: roomLog?.snapshot() ?? [] }
    const sessions = state.sessions.length
    try {
      this.#claim.makeRoom()
      writeState(file, state)
    } catch (error) {
      log.error('star.state-not-written', { file, sessions, error: String(error) })
      throw error
    } finally {
      this.#claim.release()
    }
    log.info('star.state-written', { sessions, rooms: state.rooms.length })
  }
}
