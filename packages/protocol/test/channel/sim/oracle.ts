import type { OutgoingFrame } from '@socket-star/protocol/channel'
import type { Host } from './host.ts'
import type { Scenario } from './scenario.ts'

/** Knows what every life wrote and read, and throws when a promise is broken. */
export class Oracle {
  readonly #scenario: Scenario
  readonly #lives: readonly [Host[], Host[]] = [[], []]
  /** What was sent under a sequence number, by side. */
  readonly #numbered: readonly [Map<number, string>, Map<number, string>] = [new Map(), new Map()]

  constructor(scenario: Scenario) {
    this.#scenario = scenario
  }

  fail(what: string): never {
    throw new Error(`seed ${this.#scenario.seed}: ${what}`)
  }

  born(host: Host): void {
    this.#lives[host.side].push(host)
  }

  /** In order, exactly once, no gap: each message is the one that its author wrote at this place. */
  read(host: Host, text: string): void {
    const index = host.app.read.length
    const life = Number(text.split('.')[1])
    const want = this.#lives[host.other].find((each) => each.life === life)?.app.sent[index]
    if (want === text) return
    this.fail(`side ${host.side} read ${name(text)} as message ${index}, where ${name(want)} belongs`)
  }

  /** Sent again, a message has the same number (CH-3), also after a restore of a state that was current. */
  sent(host: Host, { kind, seq, payloads }: OutgoingFrame<string>): void {
    if (this.mayLose) return
    for (const [place, payload] of payloads.entries()) {
      const number = seq + place
      const text = `${kind} ${payload}`
      const before = this.#numbered[host.side].get(number)
      if (before !== undefined && before !== text) this.fail(`message ${number} of side ${host.side} changed`)
      this.#numbered[host.side].set(number, text)
    }
  }

  /** Nothing grows beyond its bound. */
  bounded(host: Host, hosts: readonly [Host, Host]): void {
    const { windowMessages = 0 } = this.#scenario.options[host.side]
    const limits = this.#scenario.options[host.other].frameLimits
    const unconsumed = host.app.read.length - host.app.consumed
    if (unconsumed > windowMessages + (limits?.messages ?? 0))
      this.fail(`${unconsumed} messages are unconsumed`)
    const ahead = hosts[host.other].channel.sent - host.channel.received
    const firstLives = hosts.every(({ life }) => life === 1)
    if (firstLives && ahead > windowMessages) this.fail(`side ${host.other} is ${ahead} messages ahead`)
    const { accepted, acked, bufferedMessages } = host.channel
    const cut = this.#scenario.options[host.side].frameLimits?.messages ?? 0
    if (bufferedMessages < 0 || bufferedMessages > accepted - acked + cut)
      this.fail(`${bufferedMessages} are buffered`)
  }

  /** A snapshot that was taken too early, or of a life that goes on, may turn out useless; no other may. */
  get mayLose(): boolean {
    return this.#scenario.storage === 'stale' || this.#scenario.storage === 'zombie'
  }

  /** Both newest lives agree on everything that was said. */
  agreed(hosts: readonly [Host, Host]): boolean {
    return hosts.every((host) => {
      const other = hosts[host.other]
      const { channel, app, met } = host
      if (!met) return false
      if (app.sent.length < this.#scenario.messages[host.side] || channel.acked < channel.accepted)
        return false
      if (this.#scenario.withEnd && channel.state !== 'closed') return false
      return other.app.read.length === app.sent.length
    })
  }

  /** At the end each has read what the newest life of the other wrote, all of it and in that order. */
  complete(hosts: readonly [Host, Host]): void {
    for (const host of hosts) {
      const { sent } = hosts[host.other].app
      const { read, welcomed } = host.app
      const wrong = sent.findIndex((text, i) => text !== read[i])
      if (wrong >= 0) this.fail(`side ${host.side} has ${name(read[wrong])} for ${name(sent[wrong])}`)
      if (read.length > sent.length) this.fail(`side ${host.side} has more than was sent`)
      if (!welcomed && this.#scenario.options[host.side].welcome === 'expects') this.fail('no welcome')
    }
  }

  /** What is handed back is the end of what was sent, and the rest was read by some life of the other side. */
  handedBack(hosts: readonly [Host, Host]): void {
    for (const host of hosts) {
      const { sent } = host.app
      const back = host.channel.unacknowledged()
      const kept = sent.length - back.length
      if (back.some((text, i) => text !== sent[kept + i]))
        this.fail(`side ${host.side} hands back something else`)
      const wasRead = this.#lives[host.other].some(({ app }) =>
        sent.slice(0, kept).every((text, i) => text === app.read[i]),
      )
      if (!wasRead) this.fail(`side ${host.side} lost messages silently`)
    }
  }
}

const name = (text: string | undefined) => (text === undefined ? 'nothing' : text.replace(/x+$/, ''))
