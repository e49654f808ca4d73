import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { realStar } from './support/real-star.ts'

it('the first example of the README runs as it is printed', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const star = await realStar()
  const file = fileURLToPath(new URL('./readme-example.generated.mjs', import.meta.url))
  writeFileSync(file, example.replaceAll('9090', String(star.port)))
  try {
    const output = await new Promise<string>((resolve, reject) => {
      const options = { timeout: 9000 }
      execFile(
        process.execPath,
        ['--conditions=@socket-star/source', file],
        options,
        (error, stdout, stderr) => (error ? reject(new Error(stderr, { cause: error })) : resolve(stdout)),
      )
    })
    expect(output).to.match(/dialled by \/ip4\//)
    expect(output).to.contain('echoed: hello')
    expect(output).to.contain('echoed: and goodbye')
  } finally {
    rmSync(file)
    await star.close()
  }
})
