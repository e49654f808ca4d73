import { createRequire } from 'node:module'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { joinStar, type Peer, wrap } from '@socket-star/client'
import { io } from 'socket.io-client'
import { type Arguments, describeError, note, report, serveCommands } from './commands.ts'
import { dialStorm, echoAll } from './storm.ts'
import { type PullDuplex, StreamTable } from './streams.ts'

/** How soon a lost connection is tried again, in milliseconds; tests have no time for the default. */
const RECONNECT_MS = 100

const streams = new StreamTable()
let peer: Peer
let echo = false

/** Joins a server of ours with socket.io-client 4, a legacy one with the socket.io-client 2 that it understands. */
async function join({ port, server, privateKey }: Arguments): Promise<{ address: string }> {
  const key = privateKeyFromProtobuf(Buffer.from(privateKey, 'base64'))
  const url = `http://127.0.0.1:${port}`
  const options = {
    transports: ['websocket'],
    reconnectionDelay: RECONNECT_MS,
    reconnectionDelayMax: RECONNECT_MS,
    forceNew: true,
  }
  const socket = server === 'legacy' ? legacyIo()(url, options) : io(url, options)
  socket.on('disconnect', (reason) => note(`disconnected: ${reason}`))
  const address = `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star/p2p/${key.publicKey}`
  peer = await joinStar(wrap(socket), address, {
    privateKey: key,
    allowLegacyChallenge: server === 'legacy',
  })
  listen(peer)
  return { address: peer.address }
}

function legacyIo(): typeof io {
  const require = createRequire(new URL('../../legacy/package.json', import.meta.url))
  return require('socket.io-client')
}

function listen(joined: Peer): void {
  const reportPeers = () => {
    for (const address of joined.peers) report('peer', { address })
  }
  joined.on('peer', (address) => report('peer', { address }))
  joined.on('peer-gone', (address) => report('peer-gone', { address }))
  joined.on('rejoin', () => {
    report('rejoin', {})
    reportPeers()
  })
  joined.on('error', (error) => report('error', describeError(error)))
  joined.on('stream', (stream, { from }) => {
    if (echo) echoAll(stream as PullDuplex)
    else report('stream', { stream: streams.add(stream as PullDuplex), from })
  })
  reportPeers()
}

const dial = async (to: string) => (await peer.dial(to)) as PullDuplex

serveCommands({
  ...streams.commands,
  join,
  dial: async ({ to }) => ({ stream: streams.add(await dial(to)) }),
  echo: () => {
    echo = true
  },
  storm: (args) => dialStorm(() => dial(args.to), args as Parameters<typeof dialStorm>[1]),
  leave: () => peer.leave(),
})
