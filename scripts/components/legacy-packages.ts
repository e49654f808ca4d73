import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Component } from './component.ts'
import { lastLine } from './debian.ts'
import type { Machine } from './machine.ts'

const DIRECTORY = join(import.meta.dirname, '../../test/legacy')
const LOCK = join(DIRECTORY, 'package-lock.json')
/** Holds the hash of the lock file that `node_modules` was installed from. */
const STAMP = join(DIRECTORY, 'node_modules/.lock-sha256')
/** A directory that exists while an install runs: two test runs may start at once. */
const BUSY = join(DIRECTORY, '.installing')
const BUSY_POLL_MS = 250
/** An install that holds the directory for longer than this is taken for dead. */
const BUSY_LIMIT_MS = 240_000

/**
 * The npm packages of the protocol's first generation, as test peers: an
 * install of its own, with exact versions, outside of the root tree.
 */
export const legacyPackages: Component = {
  title: 'The legacy npm packages',
  advice: 'npm ci --ignore-scripts, in test/legacy',
  locate: async () => ((await isCurrent()) ? DIRECTORY : undefined),
  install: async (machine) => {
    const deadline = Date.now() + BUSY_LIMIT_MS
    while (!(await claim())) {
      if (await isCurrent()) return undefined
      if (Date.now() > deadline) await rm(BUSY, { recursive: true, force: true })
      await delay(BUSY_POLL_MS)
    }
    try {
      return await install(machine)
    } finally {
      await rm(BUSY, { recursive: true, force: true })
    }
  },
}

async function install(machine: Machine): Promise<string | undefined> {
  if (await isCurrent()) return undefined
  const npm = machine.find('npm')
  if (npm === undefined) return 'no npm on PATH'
  const { code, output } = await machine.run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: DIRECTORY,
  })
  if (code !== 0) return `npm ci failed: ${lastLine(output)}`
  await writeFile(STAMP, await lockHash())
  return undefined
}

async function claim(): Promise<boolean> {
  try {
    await mkdir(BUSY)
    return true
  } catch {
    return false
  }
}

async function isCurrent(): Promise<boolean> {
  try {
    await stat(STAMP)
    return (await readFile(STAMP, 'utf8')) === (await lockHash())
  } catch {
    return false
  }
}

async function lockHash(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(LOCK))
    .digest('hex')
}
