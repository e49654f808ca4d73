import { createStarServer } from '@socket-star/server'
import { type Arguments, serveCommands } from './commands.ts'

// What `npx socket-star` runs, without the command line around it.
serveCommands({
  listen: async ({ port }: Arguments) => {
    const server = await createStarServer({ port, host: '127.0.0.1', page: false })
    return { port: server.port }
  },
})
