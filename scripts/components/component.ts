import type { Machine } from './machine.ts'

/** Something outside of the root install that some tests need. */
export interface Component {
  /** What a person calls it. */
  readonly title: string
  /** How a person gets it, in one short line. */
  readonly advice: string
  /** Where it is, when it is here and usable. */
  locate(machine: Machine): Promise<string | undefined>
  /** Tries to get it; the answer is why not, in a few words, or `undefined`. */
  install(machine: Machine): Promise<string | undefined>
}

/** A component that is here, or the one line that says what is missing and how to get it. */
export type Found = { readonly path: string } | { readonly missing: string }

/** Set to `never` to keep the tests from installing anything. */
const INSTALL_SWITCH = 'COMPONENTS_INSTALL'

/** Finds a component, or installs it and looks again. Never throws. */
export async function ensureComponent(component: Component, machine: Machine): Promise<Found> {
  const found = await component.locate(machine)
  if (found !== undefined) return { path: found }
  if (machine.env[INSTALL_SWITCH] === 'never') return missing(component, `${INSTALL_SWITCH}=never`)
  const reason = await component.install(machine)
  const installed = await component.locate(machine)
  if (installed !== undefined) return { path: installed }
  return missing(component, reason ?? 'installed, and still not to be found')
}

function missing(component: Component, reason: string): Found {
  return { missing: `${component.title} is missing (${reason}): ${component.advice}` }
}

/**
 * What becomes of tests that need a component. A missing one skips them where
 * a person can read why, and fails them in CI, where nobody would notice.
 */
export function decide(found: Found, env: Machine['env']): 'run' | 'skip' | 'fail' {
  if ('path' in found) return 'run'
  return isTruthy(env.CI) ? 'fail' : 'skip'
}

function isTruthy(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase())
}
