import { isStarError } from '@socket-star/protocol'
import {
  type Announcement,
  type ClientDriver,
  ClientIdentity,
  type Close,
  type CloseReason,
  type Status,
} from '@socket-star/protocol/session'

/** What a client's identity told its driver to do. */
export type ClientOutput =
  | { readonly do: 'send'; readonly socket: number; readonly token: string }
  | { readonly do: 'announce'; readonly socket: number; readonly announcement: Announcement }
  | { readonly do: 'status'; readonly status: Status }
  | { readonly do: 'connected'; readonly socket: number; readonly how: string }
  | { readonly do: 'close'; readonly socket: number; readonly stays: boolean }
  | { readonly do: 'displaced' }
  | {
      readonly do: 'refused'
      readonly reason: CloseReason
      readonly retryable: boolean
      readonly kept: boolean
      readonly code: string | undefined
    }
  | { readonly do: 'ended'; readonly by: 'local' | 'remote' }

/** A client's identity whose inputs answer with what it told. */
export class RecordedIdentity extends ClientIdentity<number> {
  readonly #outputs: ClientOutput[]

  constructor(local: string, owner: string, token: string | undefined) {
    const outputs: ClientOutput[] = []
    super(recorder(outputs), local, owner, token)
    this.#outputs = outputs
  }

  override open(socket: number, announced: boolean): ClientOutput[] {
    super.open(socket, announced)
    return this.#outputs.splice(0)
  }

  override receive(socket: number, value: unknown): ClientOutput[] {
    try {
      super.receive(socket, value)
    } catch (error) {
      if (!isStarError(error)) throw error
      super.refused(socket, { reason: 'protocol', retryable: true, error })
    }
    return this.#outputs.splice(0)
  }

  override refused(socket: number, close: Close): ClientOutput[] {
    super.refused(socket, close)
    return this.#outputs.splice(0)
  }

  override closed(socket: number): ClientOutput[] {
    super.closed(socket)
    return this.#outputs.splice(0)
  }

  override disconnect(atOnce?: boolean): ClientOutput[] {
    super.disconnect(atOnce)
    return this.#outputs.splice(0)
  }

  override superseded(): ClientOutput[] {
    super.superseded()
    return this.#outputs.splice(0)
  }
}

function recorder(outputs: ClientOutput[]): ClientDriver<number> {
  return {
    send: (socket, what) => {
      const isToken = typeof what === 'string'
      outputs.push(
        isToken ? { do: 'send', socket, token: what } : { do: 'announce', socket, announcement: what },
      )
    },
    tell: (_, status) => outputs.push({ do: 'status', status }),
    connected: (socket, how) => outputs.push({ do: 'connected', socket, how }),
    close: (socket, stays = false) => outputs.push({ do: 'close', socket, stays }),
    displaced: () => outputs.push({ do: 'displaced' }),
    refused: ({ reason, retryable, error }, kept) =>
      outputs.push({ do: 'refused', reason, retryable, kept, code: error?.code }),
    ended: (isOurs) => outputs.push({ do: 'ended', by: isOurs ? 'local' : 'remote' }),
  }
}
