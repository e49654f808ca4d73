/**
 * The Channel: reliable, ordered, flow-controlled delivery between two ends,
 * without I/O. See {@link Channel} for how to drive it.
 */
export type { Channel } from './channel.ts'
export { decodeFrame, encodeHead } from './codec.ts'
export { createChannel, restoreChannel } from './create.ts'
export * from './frame-kind.ts'
export * from './limits.ts'
export { SessionChannel } from './session-channel.ts'
export type * from './types.ts'
