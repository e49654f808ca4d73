import type { Context } from './context.ts'
import type { Servers } from './servers.ts'

/** The longest that the network is gone, in milliseconds. */
const DARK_MS = 6_000
/** The longest that a connection stands still, in milliseconds. */
export const STALL_MS = 4_000
/** How late an end notices that its connection is gone, once the network is back, in milliseconds. */
const NOTICE_MS = 500

/** How many kinds of bad weather there are. */
export const KINDS_OF_WEATHER = 10

/** Something happens to the network, or at the server's door. */
export function storm({ clock, network, random, scenario }: Context, servers: Servers, kind: number): void {
  const pipe = network.any()
  switch (kind) {
    case 0:
    case 1:
    case 2:
    case 3:
      if (pipe) network.cut(pipe)
      return
    case 4:
    case 5:
      pipe?.swallow(random.chance(0.6), random.chance(0.6))
      return
    case 6:
      pipe?.stall(random.next() * STALL_MS)
      return
    case 7:
      if (random.chance(0.5)) return
      network.up = false
      for (const each of network.pipes) network.cut(each)
      clock.after(random.next() * DARK_MS, () => {
        network.up = true
      })
      return
    case 8:
      network.noticeMs = random.pick([1, scenario.noticeMs])
      network.conditions = {
        ...scenario.conditions,
        bytesPerSecond: scenario.conditions.bytesPerSecond / random.pick([1, 3, 20]),
      }
      return
    case 9:
      if (servers.current === undefined) return
      servers.current.refusals = random.int(1, 2)
      servers.current.retryable = random.chance(0.7)
      if (pipe) network.cut(pipe)
      return
    default:
      throw new Error(`there is no weather ${kind}`)
  }
}

/** The network is as good as it gets, and whoever lost a connection learns of it. */
export function sunshine({ network, scenario }: Context, servers: Servers): void {
  network.up = true
  network.noticeMs = NOTICE_MS
  network.conditions = {
    latencyMs: Math.min(20, scenario.conditions.latencyMs),
    jitterMs: Math.min(10, scenario.conditions.jitterMs),
    bytesPerSecond: 500_000,
  }
  if (servers.current !== undefined) servers.current.refusals = 0
  for (const pipe of network.pipes) {
    if (pipe.dead || pipe.clogged) pipe.cut(network.noticeMs)
    else pipe.conditions = network.conditions
  }
}
