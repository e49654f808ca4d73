import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { benchmarkNames, loadBenchmark, loadStacks } from '../bench/lib/catalogue.ts'
import type { StackResult } from '../bench/lib/model.ts'
import { requireComponent } from '../scripts/components/index.ts'

const ROOT = join(import.meta.dirname, '..')
const MAIN = join(ROOT, 'bench/main.ts')
/** Each takes a few seconds; a machine with too much to do needs longer. */
const LIMIT_MS = 180_000
const POLL_MS = 50

const names = await benchmarkNames()

describe('npm run bench', () => {
  requireComponent('legacy')
  requireComponent('bench-peers')
  requireComponent('bufferutil')

  it('has the benchmarks that the documentation names', () => {
    expect(names).to.include.members(['relay', 'dial', 'discovery', 'messages', 'rooms', 'sessions'])
  })

  for (const name of names) {
    it(`runs a moment of ${name}, every stack of it`, async function () {
      this.timeout(LIMIT_MS)
      const { results, exitCode } = await runMoment(name)
      const benchmark = await loadBenchmark(name)
      const stacks = (await loadStacks(name)).map((found) => found.name)
      expect(failuresOf(results)).to.deep.equal([])
      expect(exitCode).to.equal(0)
      expect([...new Set(results.map(({ stack }) => stack))]).to.have.members(stacks)
      for (const { stack, case: which, samples, skipped } of results) {
        if (skipped !== undefined) continue
        const title = `${stack}, ${which}`
        expect(samples, title).to.not.be.empty
        for (const { units, values, usage } of samples) {
          expect(units, title).to.be.above(0)
          const known = benchmark.metrics.filter(({ key }) => Number.isFinite(values[key]))
          expect(known, title).to.not.be.empty
          for (const [role, { peakRssBytes }] of Object.entries(usage)) {
            expect(benchmark.roles, title).to.include(role)
            expect(peakRssBytes, title).to.be.above(0)
          }
        }
      }
    })
  }

  it('says what there is when it is asked for something else', async () => {
    const { exitCode, stderr } = await run(['no-such-benchmark'])
    expect(exitCode).to.equal(2)
    expect(stderr).to.include('there is no benchmark no-such-benchmark').and.to.include('relay')
  })

  it('leaves no process behind when it is interrupted', async function () {
    this.timeout(LIMIT_MS)
    const child = start(['messages', '--moment', '--rounds', '50'])
    let roles: number[] = []
    while (roles.length === 0) {
      await delay(POLL_MS)
      roles = await childrenOf(child.pid)
    }
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
    await until(() => !roles.some(isAlive))
  })
})

async function runMoment(name: string): Promise<{ results: StackResult[]; exitCode: number | null }> {
  const { exitCode, stdout, stderr } = await run([name, '--moment', '--json'])
  if (stdout === '') throw new Error(stderr)
  return { exitCode, results: JSON.parse(stdout).reports[0].results }
}

function failuresOf(results: readonly StackResult[]): string[] {
  return results.flatMap(({ stack, failure }) => (failure === undefined ? [] : [`${stack}: ${failure}`]))
}

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=@socket-star/source', MAIN, ...args], { cwd: ROOT })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}

async function run(args: readonly string[]) {
  const child = start(args)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: string) => {
    stdout += text
  })
  child.stderr.on('data', (text: string) => {
    stderr += text
  })
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { stdout, stderr, exitCode }
}

/** The processes that a process started; by /proc, so on Linux only. */
async function childrenOf(pid: number | undefined): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

/** Ends with the test's own limit. */
async function until(ask: () => boolean): Promise<void> {
  while (!ask()) await delay(POLL_MS)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
