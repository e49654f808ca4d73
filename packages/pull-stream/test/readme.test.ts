import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'

const FOLDER = join(import.meta.dirname, '..')

describe('the README', () => {
  it('its first example runs and prints what it says', async () => {
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8')
    const example = /```js\n([\s\S]*?)```\n\nIt prints `([^`]*)`/.exec(readme)
    const args = [
      '--conditions=@socket-star/source',
      '--input-type=module',
      '--eval',
      example?.[1] ?? 'throw 1',
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: FOLDER, timeout: 8000 })
    expect(stdout.trim()).to.equal(example?.[2])
  })
})
