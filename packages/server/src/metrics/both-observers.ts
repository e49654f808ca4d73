import type { StarObserver } from '../observer.ts'

/** One observer that tells two. */
export function bothObservers(
  first: StarObserver | undefined,
  second: StarObserver | undefined,
): StarObserver {
  if (first === undefined || second === undefined) return first ?? second ?? {}
  const both: Required<StarObserver> = {
    peers: (online) => {
      first.peers?.(online)
      second.peers?.(online)
    },
    join: (outcome) => {
      first.join?.(outcome)
      second.join?.(outcome)
    },
    dial: (outcome) => {
      first.dial?.(outcome)
      second.dial?.(outcome)
    },
    streams: (open) => {
      first.streams?.(open)
      second.streams?.(open)
    },
    relayed: (bytes) => {
      first.relayed?.(bytes)
      second.relayed?.(bytes)
    },
    drop: (reason) => {
      first.drop?.(reason)
      second.drop?.(reason)
    },
    resume: () => {
      first.resume?.()
      second.resume?.()
    },
    renewal: (reason) => {
      first.renewal?.(reason)
      second.renewal?.(reason)
    },
    eviction: (reason) => {
      first.eviction?.(reason)
      second.eviction?.(reason)
    },
    close: (reason) => {
      first.close?.(reason)
      second.close?.(reason)
    },
  }
  return both
}
