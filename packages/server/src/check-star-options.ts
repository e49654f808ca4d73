import {
  atLeast,
  checkOptions,
  FUNCTION,
  functions,
  OBJECT,
  type OptionRule,
  type OptionRules,
  SWITCH,
} from '@socket-star/protocol'
import { DEFAULT_QUOTAS, type StarQuotas } from './limits.ts'
import type { StarOptions } from './options.ts'
import { checkSessionOptions } from './session/settings.ts'

const PROXIES: OptionRule = {
  says: 'an array of addresses and ranges, or a function of an address',
  fits: (value) =>
    typeof value === 'function' ||
    (Array.isArray(value) && value.every((entry: unknown) => typeof entry === 'string')),
}

const RULES: OptionRules<StarOptions> = {
  challenge: SWITCH,
  strictAddresses: SWITCH,
  public: SWITCH,
  authenticate: FUNCTION,
  trustProxy: PROXIES,
  production: SWITCH,
  requireTls: SWITCH,
  quotas: OBJECT,
  dialTimeoutMs: atLeast(1),
  challengeTimeoutMs: atLeast(1),
  sessions: OBJECT,
  log: functions('error', 'warn', 'info', 'debug'),
  observer: OBJECT,
  environment: OBJECT,
}

const QUOTA_RULES = Object.fromEntries(
  Object.keys(DEFAULT_QUOTAS).map((name) => [name, atLeast(0)]),
) as OptionRules<StarQuotas>

/** @throws StarError ERR_CONFIG for what cannot be used, and for an option that there is not */
export function checkStarOptions(options: StarOptions): void {
  checkOptions(RULES, options)
  checkOptions(QUOTA_RULES, options.quotas ?? {}, 'quotas.')
  checkSessionOptions(options.sessions ?? {})
}
