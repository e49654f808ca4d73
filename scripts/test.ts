/**
 * Every test: two parts, each of which keeps about one core busy, at once. The
 * first is shown as it runs, the other one after it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const SHOWN = 'npm run test:whole'
const BESIDE = 'npm run test:packages'

console.log(`\n${BESIDE} runs beside this, and is shown after it.`)
const shown = spawn(SHOWN, { shell: true, stdio: 'inherit' })
const beside = spawn(`${BESIDE} 2>&1`, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
const [[shownCode], [besideCode], output] = await Promise.all([
  once(shown, 'close'),
  once(beside, 'close'),
  text(beside.stdout),
])
process.stdout.write(output)
// not exit(): it would take from a slow reader what has not been written yet
process.exitCode = shownCode === 0 && besideCode === 0 ? 0 : 1
