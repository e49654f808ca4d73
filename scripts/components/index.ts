import { COMPONENTS, type ComponentName } from './catalogue.ts'
import { decide, ensureComponent, type Found } from './component.ts'
import { thisMachine } from './machine.ts'

/** How long a suite may wait for a component to be installed, in milliseconds. */
const INSTALL_LIMIT_MS = 300_000

/** One look, and at most one install, for each component in a test run. */
const found = new Map<ComponentName, Promise<Found>>()

/** A component that a suite asked for; `path` may be read once the suite's hooks have run. */
export interface RequiredComponent {
  readonly path: string
}

/**
 * Says that the suite it is called in needs something outside of the root
 * install. It is found or installed before the suite's first test. Where that
 * fails the tests are skipped, with one line that says what is missing and how
 * to get it; with `CI` set they fail.
 *
 * ```ts
 * describe('the page', () => {
 *   const chromium = requireComponent('chromium')
 *   it('opens', async () => {
 *     const browser = await launch({ executablePath: chromium.path })
 *   })
 * })
 * ```
 */
export function requireComponent(name: ComponentName): RequiredComponent {
  let path: string | undefined
  before(`find or install ${name}`, async function () {
    this.timeout(INSTALL_LIMIT_MS)
    const result = await lookFor(name)
    if ('path' in result) {
      path = result.path
      return
    }
    if (decide(result, process.env) === 'fail') throw new Error(result.missing)
    process.stderr.write(`    skipped: ${result.missing}\n`)
    this.skip()
  })
  return {
    get path() {
      if (path === undefined) throw new Error(`${name} is known only once the hooks of the suite have run`)
      return path
    },
  }
}

function lookFor(name: ComponentName): Promise<Found> {
  let result = found.get(name)
  if (result === undefined) {
    result = ensureComponent(COMPONENTS[name], thisMachine)
    found.set(name, result)
  }
  return result
}
