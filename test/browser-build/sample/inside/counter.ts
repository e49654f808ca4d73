import type { Shown } from '../index.ts'

/** Made here, by a literal. */
interface Made {
  readonly madeHere: number
  readonly size: number
}

/** Made here, by a class. */
interface Implemented {
  implementedHere(): number
}

/** Says what something from outside has. */
interface Foreign {
  readonly foreignName?: number
}

/** Sent as JSON, with all that is in it. */
interface Sent {
  readonly sentDirectly: { readonly sentBelow: number }
}

/** Returned to nobody knows whom. */
interface Returned {
  readonly returnedAsAnything: number
}

/** Its names are picked by text. */
interface Picked {
  readonly pickedByText: number
}

type Checks<T> = { readonly [K in keyof T]: (value: unknown) => T[K] }

/** Read from JSON. */
interface Read {
  readonly readByKey: number
}

const CHECKS: Checks<Read> = { readByKey: Number }

/** Its keys are looked at. */
interface Listed {
  readonly listedAsKey: number
}

export class Counter implements Implemented {
  countedHere = 0
  readonly made: Made
  readonly #shown: Shown

  constructor(shown: Shown) {
    this.#shown = shown
    this.made = { madeHere: 1, size: new Set([1]).size }
  }

  count(): number {
    const { madeHere } = this.made
    this.countedHere += madeHere + this.implementedHere() + foreign(this.made)
    const sent: Sent = { sentDirectly: { sentBelow: this.countedHere } }
    const read = readFrom(CHECKS, JSON.parse(JSON.stringify(sent)))
    const listed: Listed = { listedAsKey: read.readByKey }
    return Object.keys(listed).length + Number(this.anything()) + picked({ pickedByText: 1 }, 'pickedByText')
  }

  implementedHere(): number {
    this.#shown.shownDirectly.shownBelow({ shownInArgument: 1 })
    return this.made.size
  }

  anything(): unknown {
    const returned: Returned = { returnedAsAnything: 1 }
    return returned
  }

  toJSON(): number {
    return this.countedHere
  }
}

function foreign(value: object): number {
  return (value as Foreign).foreignName ?? 0
}

function picked(from: Picked, name: keyof Picked): number {
  return from[name]
}

function readFrom<T>(checks: Checks<T>, value: unknown): T {
  const all: [string, (value: unknown) => unknown][] = Object.entries(checks)
  return Object.fromEntries(all.map(([key, check]) => [key, check((value as never)[key])])) as T
}
