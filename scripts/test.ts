/**
 * Every test: two parts, each of which keeps about one core busy, at once. The
 * first is shown as it runs, the other one after it.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const SHOWN = 'npm run test:whole'
const BESIDE = 'npm run test:packages'

console.log(`\n${BESIDE} runs beside this, and is shown after it.`)
const shown = start(SHOWN, 'inherit')
const beside = start(`${BESIDE} 2>&1`, ['ignore', 'pipe', 'inherit'])
const output = beside.stdout === null ? '' : text(beside.stdout)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const part of [shown, beside]) end(part, signal)
  })
}
const ends = await Promise.all([once(shown, 'close'), once(beside, 'close')])
process.stdout.write(await output)
// not exit(): it would take from a slow reader what has not been written yet
process.exitCode = ends.every(([code]) => code === 0) ? 0 : 1

/** Each in a group of processes of its own, so that all of them can be ended. */
function start(command: string, stdio: StdioOptions): ChildProcess {
  return spawn(command, { shell: true, stdio, detached: process.platform !== 'win32' })
}

function end(part: ChildProcess, signal: 'SIGINT' | 'SIGTERM'): void {
  if (part.pid === undefined || part.exitCode !== null || part.signalCode !== null) return
  if (process.platform === 'win32') part.kill(signal)
  else process.kill(-part.pid, signal)
}
