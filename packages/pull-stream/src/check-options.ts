import { StarError } from '@socket-star/protocol'
import type { StreamOptions } from './options.ts'
import type { RelayOptions } from './relay/types.ts'

type NumberOptions = Pick<
  StreamOptions & RelayOptions,
  | 'frameBytes'
  | 'holdTimeoutMs'
  | 'maxBacklogBytes'
  | 'maxBufferedBytes'
  | 'maxFrameBytes'
  | 'maxUnsentBytes'
  | 'overrunBytes'
  | 'releaseBytes'
>

/** The least that each option may be. A frame of no bytes would be one without end. */
const LEAST: Readonly<Record<keyof NumberOptions, number>> = {
  frameBytes: 1,
  holdTimeoutMs: 0,
  maxBacklogBytes: 0,
  maxBufferedBytes: 0,
  maxFrameBytes: 1,
  maxUnsentBytes: 0,
  overrunBytes: 0,
  releaseBytes: 0,
}

/**
 * Checks the limits among the options of a stream or a relay: whole numbers,
 * or Infinity for none. Those that make streams do it themselves; call it for
 * options that are used later.
 *
 * @throws StarError ERR_CONFIG
 */
export function checkStreamOptions(options: NumberOptions): void {
  for (const [name, least] of Object.entries(LEAST)) {
    const value: unknown = options[name as keyof NumberOptions]
    if (value === undefined || value === Number.POSITIVE_INFINITY) continue
    if (Number.isInteger(value) && (value as number) >= least) continue
    throw new StarError('ERR_CONFIG', `${name} has to be a whole number of at least ${least}`)
  }
}
