import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Component } from './component.ts'
import { lastLine } from './debian.ts'
import type { Machine } from './machine.ts'

const ROOT = join(import.meta.dirname, '../..')
const BUSY_POLL_MS = 250
/** An install that holds the directory for longer than this is taken for dead. */
const BUSY_LIMIT_MS = 240_000

/**
 * npm packages with an install of their own, outside of the root tree: a
 * directory with a package.json and a lock file, installed when first needed.
 */
export function privateInstall(title: string, directory: string): Component {
  const place = new PrivateInstall(join(ROOT, directory))
  return {
    title,
    advice: `npm ci --ignore-scripts, in ${directory}`,
    locate: async () => ((await place.isCurrent()) ? place.directory : undefined),
    install: (machine) => place.install(machine),
  }
}

class PrivateInstall {
  readonly directory: string
  readonly #lock: string
  /** Holds the hash of the lock file that `node_modules` was installed from. */
  readonly #stamp: string
  /** A directory that exists while an install runs: two test runs may start at once. */
  readonly #busy: string

  constructor(directory: string) {
    this.directory = directory
    this.#lock = join(directory, 'package-lock.json')
    this.#stamp = join(directory, 'node_modules/.lock-sha256')
    this.#busy = join(directory, '.installing')
  }

  async isCurrent(): Promise<boolean> {
    try {
      return (await readFile(this.#stamp, 'utf8')) === (await this.#lockHash())
    } catch {
      return false
    }
  }

  async install(machine: Machine): Promise<string | undefined> {
    const deadline = Date.now() + BUSY_LIMIT_MS
    while (!(await this.#claim())) {
      if (await this.isCurrent()) return undefined
      if (Date.now() > deadline) await rm(this.#busy, { recursive: true, force: true })
      await delay(BUSY_POLL_MS)
    }
    try {
      return (await this.isCurrent()) ? undefined : await this.#run(machine)
    } finally {
      await rm(this.#busy, { recursive: true, force: true })
    }
  }

  async #run(machine: Machine): Promise<string | undefined> {
    const npm = machine.find('npm')
    if (npm === undefined) return 'no npm on PATH'
    const { code, output } = await machine.run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: this.directory,
    })
    if (code !== 0) return `npm ci failed: ${lastLine(output)}`
    await writeFile(this.#stamp, await this.#lockHash())
    return undefined
  }

  async #claim(): Promise<boolean> {
    try {
      await mkdir(this.#busy)
      return true
    } catch {
      return false
    }
  }

  async #lockHash(): Promise<string> {
    return createHash('sha256')
      .update(await readFile(this.#lock))
      .digest('hex')
  }
}
