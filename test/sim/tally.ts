import { expect } from 'chai'

/** What all runs of a simulation did, added up. */
export class Tally<Outcome extends object> {
  readonly #seen = new Map<string, number>()

  add(outcome: Outcome): void {
    for (const [name, value] of Object.entries(outcome))
      if (typeof value === 'number') this.#seen.set(name, (this.#seen.get(name) ?? 0) + value)
  }

  /** Throws where something happened less often: a broken generator would leave it out. */
  expectAtLeast(least: { readonly [Name in keyof Outcome]?: Outcome[Name] & number }): void {
    for (const [name, count] of Object.entries(least))
      expect(this.#seen.get(name) ?? 0, name).to.be.at.least(count as number)
  }
}
