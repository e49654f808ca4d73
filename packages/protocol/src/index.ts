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
