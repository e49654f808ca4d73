/** A package in small, with a name of each kind: what becomes of them is in names.test.ts. */
import { Counter } from './inside/counter.ts'

export interface Shown {
  readonly shownDirectly: Below
}

interface Below {
  shownBelow(argument: { readonly shownInArgument: number }): void
}

export function count(shown: Shown): number {
  return new Counter(shown).count()
}
