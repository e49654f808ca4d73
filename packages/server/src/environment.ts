import { randomBytes } from 'node:crypto'
import { systemTimers, type Timers } from '@socket-star/pull-stream'

/** Clock and chance, passed in so that tests decide both. */
export interface StarEnvironment extends Timers {
  /** A number from 0 up to 1, for samples. */
  random(): number
  /** Unguessable bytes, for challenges. */
  randomBytes(count: number): Uint8Array
}

export const SYSTEM_ENVIRONMENT: StarEnvironment = {
  ...systemTimers,
  random: Math.random,
  randomBytes,
}
