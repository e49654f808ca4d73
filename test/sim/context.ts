import type { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import type { Clock } from './clock.ts'
import type { Contents } from './contents.ts'
import type { Network } from './network.ts'
import type { Oracle } from './oracle.ts'
import type { Scenario } from './scenario.ts'

/** Faults that a test plants around the code under test; without any of them nothing is touched. */
export interface Faults {
  /** What a scenario has to have for the fault to show. */
  readonly scenario?: Partial<Scenario>
  /** Sees, and may change, what a client announces. */
  auth?(auth: Record<string, unknown>): Record<string, unknown>
  /** Whether a durable store says that it is one. */
  readonly durable?: boolean
  /** A store that keeps what JSON makes of a snapshot: binaries are none any more. */
  readonly storesText?: boolean
  /** A client that takes every lock for its own, whoever has it. */
  readonly ignoresLocks?: boolean
  /** What of a renewal reaches the application. */
  handedBack?(events: unknown[][]): unknown[][]
}

/** What everything in one run shares. */
export interface Context {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly oracle: Oracle
  readonly contents: Contents
  readonly scenario: Scenario
  readonly faults: Faults
  /** One line of the trace. */
  note(line: () => string): void
  /** The network is back. */
  calm: boolean
  /** The applications do nothing new. */
  quiet: boolean
}

/** Bytes from the run's own chance. */
export function bytesOf(random: Random): (length: number) => Uint8Array {
  return (length) => Uint8Array.from({ length }, () => random.int(0, 255))
}
