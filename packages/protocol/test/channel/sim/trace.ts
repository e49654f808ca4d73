import type { Channel, Frame } from '@socket-star/protocol/channel'
import { type Maker, REAL } from './maker.ts'

/** Makes Channels that write down what goes in and out of them, to see how a run came to its end. */
export function tracing(lines: string[]): Maker {
  let made = 0
  const watch = (channel: Channel<string>): Channel<string> => {
    const name = `#${made++}.${channel.incarnation}`
    const note = (text: string) => lines.push(`${name} ${text}`)
    const pull = channel.pull.bind(channel)
    channel.pull = (now) => {
      const frame = pull(now)
      if (frame) note(`${now.toFixed(1)} > ${frame.path} ${show(frame)}`)
      return frame
    }
    const receive = channel.receive.bind(channel)
    channel.receive = (path, frame, now) => {
      note(`${now.toFixed(1)} < ${path} ${show(frame)}`)
      receive(path, frame, now)
    }
    const event = channel.event.bind(channel)
    channel.event = () => {
      const happened = event()
      if (happened) note(`event ${JSON.stringify(happened)}`)
      return happened
    }
    const attach = channel.attach.bind(channel)
    channel.attach = (path) => {
      note(`attach ${path.id} ${path.mode}`)
      attach(path)
    }
    const detach = channel.detach.bind(channel)
    channel.detach = (path) => {
      note(`detach ${path}`)
      detach(path)
    }
    return channel
  }
  return {
    create: (options, lean) => watch(REAL.create(options, lean)),
    restore(snapshot, options, lean) {
      const channel = watch(REAL.restore(snapshot, options, lean))
      lines.push(`#${made - 1}.${channel.incarnation} restored`)
      return channel
    },
  }
}

const show = ({ kind, seq, payloads, ack, hello }: Frame<string>) =>
  JSON.stringify({ kind, seq, payloads: payloads.map((text) => text.replace(/x+$/, '')), ack, hello })
