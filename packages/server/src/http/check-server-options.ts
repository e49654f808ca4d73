import {
  atLeast,
  checkOptions,
  functions,
  OBJECT,
  type OptionRules,
  SWITCH,
  TEXT,
} from '@socket-star/protocol'
import { checkStarOptions } from '../check-star-options.ts'
import type { TlsMaterial } from './listener.ts'
import { LEAST_HTTP_BUFFER_BYTES, type StarServerOptions } from './star-server-options.ts'

const MAX_PORT = 65_535

const RULES: OptionRules<StarServerOptions> = {
  port: {
    says: `a whole number from 0 to ${MAX_PORT}`,
    fits: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_PORT,
  },
  host: TEXT,
  tls: { says: 'an object with key and cert, or with pfx', fits: isTls },
  corsOrigins: { says: 'an array of origins', fits: Array.isArray },
  metrics: SWITCH,
  page: {
    says: 'the path of a directory, or false',
    fits: (value) => value === false || TEXT.fits(value),
  },
  maxHttpBufferSize: atLeast(LEAST_HTTP_BUFFER_BYTES),
  drainTimeoutMs: atLeast(0),
  log: functions('error', 'warn', 'info', 'debug'),
  star: OBJECT,
}

function isTls(value: unknown): boolean {
  if (!OBJECT.fits(value)) return false
  const { key, cert, pfx } = value as TlsMaterial
  return pfx !== undefined || (key !== undefined && cert !== undefined)
}

/** @throws StarError ERR_CONFIG for what cannot be used, and for an option that there is not */
export function checkServerOptions(options: StarServerOptions): void {
  checkOptions(RULES, options)
  checkStarOptions(options.star ?? {})
}
