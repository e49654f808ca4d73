import type { DialStack } from '../../benches/dial.ts'
import { dialAgainAndAgain, echo } from '../../kit/echo.ts'
import { joinLegacy, startLegacyServer } from '../../kit/legacy.ts'

/** The legacy packages in all three roles. */
export default {
  label: 'legacy websocket-star',
  order: 1,
  needs: ['legacy'],
  roles: {
    async server() {
      const { url } = await startLegacyServer({ challenge: true })
      return { url: () => url }
    },
    async listener({ url }) {
      const { address } = await joinLegacy(url, { onConnection: echo })
      return { address: () => address }
    },
    async dialler({ url, to }) {
      const peer = await joinLegacy(url)
      return { dials: (count) => dialAgainAndAgain(() => peer.dial(to), count) }
    },
  },
} satisfies DialStack
