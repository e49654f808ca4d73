import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { CutProxy } from './cut-proxy.ts'
import { ExampleProcess } from './example-process.ts'

const CHAT = '02-smallest-chat'
const MAX_LINES = 40

describe('the smallest chat, as real processes', function () {
  this.timeout(40_000)
  let server: ExampleProcess
  let proxy: CutProxy
  let people: ExampleProcess[]

  const enter = async (name: string): Promise<ExampleProcess> => {
    const person = new ExampleProcess(`${CHAT}/client.ts`, [name, `http://127.0.0.1:${proxy.port}`])
    people.push(person)
    await person.line(/^Chat: Welcome$/)
    return person
  }

  const spoken = ({ lines }: ExampleProcess): string[] => lines.filter((line) => !line.startsWith('*'))

  beforeEach(async () => {
    people = []
    server = new ExampleProcess(`${CHAT}/server.ts`, [], { PORT: '0', HOST: '127.0.0.1' })
    proxy = await CutProxy.open(await server.port())
  })

  afterEach(async () => {
    for (const person of people) await person.kill()
    proxy.close()
    await server.kill()
  })

  it('passes on what is said, also what is said while everybody is cut off: once and in order', async () => {
    const [ada, bert] = [await enter('Ada'), await enter('Bert')]
    bert.types('I am here')
    await ada.line(/^Bert: I am here$/)
    ada.types('Good morning')
    await bert.line(/^Ada: Good morning$/)

    proxy.down()
    await Promise.all([ada.line(/cut off/), bert.line(/cut off/)])
    ada.types('Is anybody there?')
    ada.types('It has become quiet')
    expect(spoken(bert)).to.deep.equal(['Chat: Welcome', 'Bert: I am here', 'Ada: Good morning'])

    proxy.up()
    await bert.line(/^Ada: It has become quiet$/)
    bert.types('Now I read you')
    await Promise.all([ada.line(/Now I read you/), bert.line(/Now I read you/)])
    const all = [
      'Welcome',
      'I am here',
      'Good morning',
      'Is anybody there?',
      'It has become quiet',
      'Now I read you',
    ]
    for (const person of [ada, bert]) {
      expect(spoken(person).map((line) => line.replace(/^\w+: /, ''))).to.deep.equal(all)
    }
  })

  it('delivers the last words of somebody who leaves', async () => {
    const [ada, bert] = [await enter('Ada'), await enter('Bert')]
    ada.types('That was all')
    ada.closeInput()
    expect(await ada.exited).to.equal(0)
    await bert.line(/^Ada: That was all$/)
  })

  it(`has less than ${MAX_LINES} lines on each side`, () => {
    for (const file of ['server.ts', 'client.ts']) {
      const path = fileURLToPath(new URL(`../../examples/${CHAT}/${file}`, import.meta.url))
      expect(readFileSync(path, 'utf8').split('\n').length, file).to.be.below(MAX_LINES)
    }
  })
})
