export { checkStreamOptions } from './check-options.ts'
export type { Codec, CodecName } from './codec.ts'
export { createDuplex, type DuplexIds } from './duplex.ts'
export * from './limits.ts'
export { countBytesAsLife } from './liveness.ts'
export type { DropReason, StreamEnd, StreamOptions } from './options.ts'
export { isHeld } from './pressure/hold.ts'
export { pressureOf, type Release, type SocketPressure } from './pressure/index.ts'
export { bufferedIn, unsentIn, webSocketOf } from './pressure/web-socket.ts'
export {
  createRelay,
  isReaderBehind,
  type Relay,
  RelayBudget,
  type RelayEnd,
  type RelayEndCause,
  type RelayOptions,
  UnreadWatch,
} from './relay/index.ts'
export { createSink } from './sink.ts'
export { createSource } from './source.ts'
export { MAX_DELAY_MS, systemTimers, type Timers, wakefulTimers } from './timers.ts'
export type { Duplex, EndOrError, Sink, Source, SourceCallback } from './types.ts'
