import { randomBytes } from 'node:crypto'
import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { parseAddress } from '@socket-star/protocol/address'
import { createNonce, decodeJoinData } from '@socket-star/protocol/rendezvous'
import type { Socket } from 'socket.io'
import type { FakeStar } from './fake-star.ts'

/** How a scripted server lets clients in. */
export interface LetIn {
  /** The challenge for an address; a fresh one of ours unless given. */
  nonce?: (canonical: string) => unknown
  /** The end of a successful reply. */
  welcome?: unknown[]
  /** What happens right before it to a client that asked for the list with its join; the version that it answers. */
  watched?: (socket: Socket, watch: unknown) => unknown
}

/** Scripts `ss-join` with the challenge: the signature has to be right. Returns the signatures that were. */
export function letIn(star: FakeStar, options: LetIn = {}): string[] {
  const nonce = options.nonce ?? ((canonical: string) => createNonce(canonical, randomBytes(32)))
  const welcome = options.welcome ?? [[], { v: 1, features: [] }]
  const challenges = new Map<Socket, Map<string, { nonce: unknown; key: string }>>()
  const accepted: string[] = []
  star.on('ss-join', ({ socket, args }) => {
    const [address, data] = args
    const reply = args.at(-1)
    const own = challenges.get(socket) ?? new Map()
    challenges.set(socket, own)
    const challenge = own.get(address)
    if (challenge === undefined) {
      own.set(address, { nonce: nonce(parseAddress(address).canonical), key: data })
      reply(null, own.get(address).nonce)
      return
    }
    own.delete(address)
    const key = publicKeyFromProtobuf(decodeJoinData(challenge.key))
    const signed = Buffer.from(String(challenge.nonce))
    void Promise.resolve(key.verify(signed, decodeJoinData(data))).then((valid) => {
      if (valid) accepted.push(data)
      const watch = args[2]?.watch
      const v = valid && watch !== undefined ? options.watched?.(socket, watch) : undefined
      if (valid) reply(null, null, ...welcome, ...(typeof v === 'number' ? [v] : []))
      else reply('ERR_SIGNATURE: no')
    })
  })
  return accepted
}
