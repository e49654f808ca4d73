'use strict'

// The legacy client as a role: libp2p-websocket-star as an application of its time used it.

const multiaddr = require('multiaddr')
const PeerId = require('peer-id')
const WebSocketStar = require('libp2p-websocket-star')
const { promisify } = require('node:util')
const { describeError, note, report, serveCommands } = require('../../interop/roles/commands.ts')
const { dialStorm, echoAll } = require('../../interop/roles/storm.ts')
const { StreamTable } = require('../../interop/roles/streams.ts')

/** Legacy clients wait up to 7.5 s before they connect again; tests have no time for it. */
const RECONNECT_MS = 100

const streams = new StreamTable()
let listener
let echo = false

async function join({ port, privateKey }) {
  const id = await promisify(PeerId.createFromPrivKey)(Buffer.from(privateKey, 'base64'))
  const transport = new WebSocketStar({ id })
  transport.discovery.on('peer', (info) => {
    for (const address of info.multiaddrs.toArray()) report('peer', { address: address.toString() })
  })
  const address = `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star/ipfs/${id.toB58String()}`
  listener = transport.createListener(onConnection)
  listener.on('error', (error) => report('error', describeError(error)))
  await promisify(listener.listen.bind(listener))(multiaddr(address))
  listener.io.io.reconnectionDelay(RECONNECT_MS)
  listener.io.io.reconnectionDelayMax(RECONNECT_MS)
  listener.io.on('disconnect', (reason) => note(`disconnected: ${reason}`))
  return { address }
}

function onConnection(connection) {
  if (echo) {
    echoAll(connection)
    return
  }
  connection.getObservedAddrs((_error, [from]) => {
    report('stream', { stream: streams.add(connection), from: from.toString() })
  })
}

function connect(to) {
  return promisify(listener.dial.bind(listener))(multiaddr(to))
}

serveCommands({
  ...streams.commands,
  join,
  dial: async ({ to }) => ({ stream: streams.add(await connect(to)) }),
  echo: () => {
    echo = true
  },
  storm: (args) => dialStorm(() => connect(args.to), args),
  leave: () => {
    listener.io.emit('ss-leave', listener.ma.toString())
  },
})
