import type { ChannelSnapshot } from '@socket-star/protocol/channel'
import type { Encoded, RoomPlace, SessionParameters } from '@socket-star/protocol/session'
import { base64 } from '../base64.ts'
import type { RenewReason } from './types.ts'

/** What a session needs to go on in another document of the same tab. Holds a secret: the token. */
export interface Saved {
  readonly v: 3
  readonly token: string
  /** The name of the lock that whoever has this session holds. */
  readonly lock: string
  readonly channel: ChannelSnapshot<Encoded>
  /** What was accepted after this message waits for a welcome; undefined when it has come. */
  readonly waitsFrom: number | undefined
  /** Of a session that is gone, when that was not told yet; and why it is gone, as far as that is known. */
  readonly lost: readonly Encoded[] | undefined
  readonly reason: RenewReason | undefined
  readonly lastRequest: number
  readonly rooms: readonly RoomPlace[]
  readonly welcome: SessionParameters
}

/** What of it was said. */
export type Said = Omit<Saved, 'v' | 'token' | 'lock' | 'welcome'>

const BINARY = '$bytes'

/** Where the storage does not hold a {@link Saved}: of it the next document is told that it is lost. */
export const TOO_LARGE: Partial<Saved> = { v: 3, lost: [], reason: 'state-lost' }

/** A {@link Saved} as text. */
export function encodeSaved(saved: Partial<Saved>): string {
  return JSON.stringify(saved, (_, value: unknown) => {
    const isBytes = value instanceof ArrayBuffer || value instanceof Uint8Array
    return isBytes ? { [BINARY]: base64(new Uint8Array(value)) } : value
  })
}

/** Reads what was written; undefined for what another version wrote, or nobody. */
export function decodeSaved(text: string | null): Partial<Saved> | undefined {
  try {
    // of null it makes null
    const saved: unknown = JSON.parse(text as string, (_, value: unknown) => {
      const binary = (value as { [BINARY]?: unknown } | null)?.[BINARY]
      return typeof binary === 'string'
        ? Uint8Array.from(atob(binary), (char) => char.charCodeAt(0)).buffer
        : value
    })
    return (saved as Saved | null)?.v === 3 ? (saved as Partial<Saved>) : undefined
  } catch {
    return undefined
  }
}
