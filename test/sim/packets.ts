import type { Packet } from './pipe.ts'

/** Socket.IO's packet types. */
export const CONNECT = 0
export const DISCONNECT = 1
export const EVENT = 2
export const ACK = 3
export const CONNECT_ERROR = 4

/** A packet as it travels: nothing that either side changes later changes it. */
export function packetOf(type: number, data: unknown, binary = false, id?: number): Packet {
  if (!binary) {
    const text = JSON.stringify(data ?? null)
    return { type, data: text, bytes: text.length, id }
  }
  const copy = structuredClone(data)
  return { type, data: copy, bytes: sizeOf(copy), id }
}

/** What was put into a packet. */
export function contentOf({ data }: Packet): unknown {
  return typeof data === 'string' ? JSON.parse(data) : data
}

/** Whether there are bytes somewhere in it. */
export function hasBytes(data: unknown): boolean {
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return true
  if (Array.isArray(data)) return data.some(hasBytes)
  return typeof data === 'object' && data !== null && Object.values(data).some(hasBytes)
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length + 3
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return data.byteLength
  if (Array.isArray(data)) return data.reduce((sum: number, each) => sum + sizeOf(each), 2)
  if (typeof data === 'object' && data !== null) return sizeOf(Object.entries(data))
  return 8
}
