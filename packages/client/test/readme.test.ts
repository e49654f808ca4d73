import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { realStar } from './support/real-star.ts'

const EXAMPLES = Array.from(
  readFileSync(new URL('../README.md', import.meta.url), 'utf8').matchAll(/```js\n([\s\S]*?)```/g),
  ([, code = '']) => code,
)

/** What an example prints that is run as it stands, but for the port. */
async function run(example: string, port: number): Promise<string> {
  const file = fileURLToPath(new URL(`./readme-example-${port}.generated.mjs`, import.meta.url))
  writeFileSync(file, example.replaceAll('9090', String(port)))
  try {
    return await new Promise<string>((resolve, reject) => {
      const options = { timeout: 9000 }
      execFile(
        process.execPath,
        ['--conditions=@socket-star/source', file],
        options,
        (error, stdout, stderr) => (error ? reject(new Error(stderr, { cause: error })) : resolve(stdout)),
      )
    })
  } finally {
    rmSync(file)
  }
}

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

it("the README's session runs as it is printed", async () => {
  const output = await run(EXAMPLES.find((code) => code.includes('starMiddleware')) ?? '', await freePort())
  expect(
    output.match(/hello Ada|resumed|the server heard \d/g)?.filter((line) => line !== 'resumed'),
  ).to.deep.equal(['hello Ada', ...[1, 2, 3, 4, 5, 6].map((n) => `the server heard ${n}`)])
  expect(output).to.contain('resumed')
})

it("the README's peers run as they are printed", async () => {
  const star = await realStar()
  try {
    const output = await run(EXAMPLES.find((code) => code.includes('joinStar')) ?? '', star.port)
    expect(output).to.match(/dialled by \/ip4\//)
    expect(output).to.contain('echoed: hello')
    expect(output).to.contain('echoed: and goodbye')
  } finally {
    await star.close()
  }
})
