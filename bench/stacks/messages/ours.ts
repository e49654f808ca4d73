import { type StarSocket, wrap } from '@socket-star/client'
import { type Session, starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { MESSAGE, type MessagesStack } from '../../benches/messages.ts'
import { type Emitter, Emitting, timeEach } from '../../kit/emitting.ts'
import { startHttp } from '../../kit/http.ts'

/** A session: acknowledged, kept until then, resent after a cut, in order. */
export default {
  label: 'socket-star session',
  ours: true,
  order: 10,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const star = starMiddleware()
      new Server(server).use(star)
      const counter = new Emitting()
      let emitter: Emitter | undefined
      star.on('session', (session) => {
        session.on('news', () => counter.came())
        session.on('ask', (reply) => reply())
        emitter = emitterOf(session)
      })
      const connected = () => {
        if (emitter === undefined) throw new Error('no session')
        return emitter
      }
      return { ...counter.end(connected), url: () => url }
    },

    async client({ url }) {
      const star = wrap(io(url, { transports: ['websocket'] }))
      const counter = new Emitting()
      star.on('news', () => counter.came())
      await star.emitWithAck('ask')
      const emitter = emitterOf(star)
      return {
        ...counter.end(() => emitter),
        roundTrips: (count) => timeEach(count, () => star.emitWithAck('ask')),
      }
    },
  },
} satisfies MessagesStack

/** Emits as the session says: until it answers false, and again from `drain` on. */
function emitterOf(session: Session | StarSocket): Emitter {
  let drained: Promise<unknown> | undefined
  return {
    emit() {
      if (session.emit('news', MESSAGE) || drained !== undefined) return
      drained = new Promise((resolve) => session.once('drain', () => resolve(undefined))).then(() => {
        drained = undefined
      })
    },
    full: () => drained,
  }
}
