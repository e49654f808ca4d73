/**
 * The main module of every role process: loads one stack, starts one of its
 * roles and answers calls. Ends when its parent does.
 *
 *     role-host.ts <stack file> <role>
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Role } from './model.ts'
import { type Answer, BEGIN, type Call, READ, type Reading, START } from './role-protocol.ts'

const RESET_PEAK_RSS = '5'

const [file = '', roleName = ''] = process.argv.slice(2)
// Ctrl-C reaches the whole process group; the parent decides when roles end.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

const { default: stack } = await import(pathToFileURL(file).href)
const role: Role<unknown> | undefined = stack.roles[roleName]
if (role === undefined) throw new Error(`${file} has no role ${roleName}`)
let actor: Record<string, unknown> = {}

process.on('message', (call: Call) => {
  answer(call).then((reply) => {
    if (process.connected) process.send?.(reply)
  }, fail)
})

async function answer({ id, method, args }: Call): Promise<Answer> {
  try {
    return { id, value: await dispatch(method, args) }
  } catch (error) {
    return { id, error: describe(error) }
  }
}

async function dispatch(method: string, args: readonly unknown[]): Promise<unknown> {
  switch (method) {
    case START:
      actor = { ...(await role?.(args[0])) }
      return undefined
    case BEGIN:
      resetPeak()
      return read()
    case READ:
      return read()
    default: {
      const target = actor[method]
      if (typeof target !== 'function') throw new Error(`${roleName} has no method ${method}`)
      return target(...args)
    }
  }
}

function read(): Reading {
  const { user, system } = process.cpuUsage()
  const rssBytes = process.memoryUsage.rss()
  return {
    cpuMicros: user + system,
    rssBytes,
    peakRssBytes: Math.max(rssBytes, peakRss()),
    atMs: performance.timeOrigin + performance.now(),
  }
}

function peakRss(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  } catch {
    // Not Linux: since the start of the process, then.
  }
  return process.resourceUsage().maxRSS * 1024
}

function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', RESET_PEAK_RSS)
  } catch {
    // The peak then counts from the start of the process.
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function fail(error: unknown): void {
  process.stderr.write(`${describe(error)}\n`)
  process.exit(1)
}
