'use strict'

// The legacy rendezvous server as a role: the challenge is on, as it ships.

const rendezvous = require('libp2p-websocket-star-rendezvous')
const { serveCommands } = require('../../interop/roles/commands.ts')

serveCommands({
  listen: async ({ port }) => {
    const server = await rendezvous.start({
      hapi: { port, host: '127.0.0.1', options: {} },
      cryptoChallenge: true,
    })
    return { port: server.info.port }
  },
})
