export {
  ERROR_CODES,
  type ErrorCode,
  errorFromWire,
  errorToWire,
  isStarError,
  MAX_ERROR_TEXT,
  StarError,
} from './errors.ts'
export type { SocketLike } from './socket-like.ts'
