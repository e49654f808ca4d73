export {
  ABORT_SIGNAL,
  atLeast,
  checkOptions,
  FUNCTION,
  functions,
  OBJECT,
  type OptionRule,
  type OptionRules,
  SWITCH,
  TEXT,
} from './check-options.ts'
export { ERROR_TEXTS, explainErrors } from './error-texts.ts'
export {
  type ErrorCode,
  errorFromWire,
  errorToWire,
  isStarError,
  MAX_ERROR_TEXT,
  StarError,
} from './errors.ts'
export type { SocketLike } from './socket-like.ts'
