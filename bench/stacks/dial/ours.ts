import type { DialStack } from '../../benches/dial.ts'
import { dialAgainAndAgain, echo } from '../../kit/echo.ts'
import { joinOurs, startOurServer } from '../../kit/ours.ts'

export default {
  label: 'socket-star',
  ours: true,
  order: 10,
  roles: {
    async server() {
      const { url } = await startOurServer()
      return { url: () => url }
    },
    async listener({ url }) {
      const peer = await joinOurs(url)
      peer.on('stream', echo)
      return { address: () => peer.address }
    },
    async dialler({ url, to }) {
      const peer = await joinOurs(url)
      return { dials: (count) => dialAgainAndAgain(() => peer.dial(to), count) }
    },
  },
} satisfies DialStack
