import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isStarError } from '@socket-star/protocol'
import { expect } from 'chai'
import { startOf } from '../../src/store/running-process.ts'
import { claimState } from '../../src/store/state-claim.ts'
import { type State, takeState, writeState } from '../../src/store/state-file.ts'
import { snapshotOf } from './contract.ts'

describe('the state file', () => {
  let directory: string
  let file: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'star-state-'))
    file = join(directory, 'state')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const STATE: State = {
    sessions: [{ hash: 'h', fence: 3, snapshot: snapshotOf('1'), keepMs: 1_000 }],
    rooms: [
      {
        room: 'lobby',
        epoch: 'e',
        head: 2,
        entries: [
          { offset: 1, body: '["news",1]', bytes: 10 },
          {
            offset: 2,
            body: ['["file",{"_placeholder":true,"num":0}]', Buffer.from([1, 2])],
            bytes: 40,
            except: ['x'],
          },
        ],
      },
    ],
  }

  const refusal = (): string => {
    try {
      takeState(file)
    } catch (error) {
      if (isStarError(error) && error.code === 'ERR_CONFIG') return error.message
    }
    throw new Error('it was taken')
  }

  it('OPS-6 that cannot be read is set aside too, and leaves nothing half-written', () => {
    mkdirSync(file)
    expect(refusal()).to.contain(`${file} cannot be read: EISDIR`).and.contain('set aside as')
    mkdirSync(file)
    expect(() => writeState(file, STATE)).to.throw()
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).to.deep.equal([])
  })

  it("OPS-6 is one star's at a time, also across processes", () => {
    const { release } = claimState(file)
    expect(() => claimState(`${directory}/./state`)).to.throw(/another star of this process/)
    release()
    expect(readdirSync(directory)).to.deep.equal([])
    // the parent of this process runs, and has it
    writeFileSync(`${file}.lock`, `${process.ppid}\n`)
    expect(() => claimState(file)).to.throw(`is in use by process ${process.ppid}`)
    expect(() => claimState(file)).to.throw(`remove ${file}.lock`)
    for (const left of ['2147483646', 'nobody', '', '-5']) {
      writeFileSync(`${file}.lock`, left)
      claimState(file).release()
    }
  })

  it('OPS-6 is free when its process is gone, also where another has its number since', () => {
    if (!existsSync('/proc/self/stat')) return
    const running = String(process.ppid)
    writeFileSync(`${file}.lock`, `${running} 1\n`)
    claimState(file).release()
    const claim = claimState(file)
    const [own, start = ''] = readFileSync(`${file}.lock`, 'utf8').trim().split(' ')
    claim.release()
    expect(own).to.equal(String(process.pid))
    expect(start).to.match(/^\d+$/)
    writeFileSync(`${file}.lock`, `${running} ${startOf(process.ppid)}\n`)
    expect(() => claimState(file)).to.throw(`is in use by process ${running}`)
  })

  it("OPS-6 is one process' of several that begin at the same moment", async () => {
    const files = Array.from({ length: 20 }, (_, n) => `${file}-${n}`)
    // every second one has a lock that counts for nothing
    for (const each of files.filter((_, n) => n % 2 === 0)) writeFileSync(`${each}.lock`, '2147483646\n')
    const claimer = fileURLToPath(new URL('./claimer.ts', import.meta.url))
    const at = Date.now() + 1_000
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, ['--conditions=@socket-star/source', claimer, String(at), ...files], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    const claims = await Promise.all(
      children.map(async ({ stdout }) => {
        for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as string[]
        throw new Error('it said nothing')
      }),
    )
    for (const child of children) child.stdin.end()
    await Promise.all(children.map((child) => once(child, 'exit')))
    expect(claims.flat().sort()).to.deep.equal(files.sort())
    expect(readdirSync(directory)).to.deep.equal([])
  })

  it('OPS-6 of a process that was killed while it wrote leaves nothing behind', () => {
    writeFileSync(`${file}.tmp`, 'half of what was not del')
    expect(takeState(file)).to.equal(undefined)
    expect(readdirSync(directory)).to.deep.equal([])
    writeFileSync(`${file}.tmp`, 'half of what was not del')
    writeState(file, STATE)
    expect(readdirSync(directory)).to.deep.equal(['state'])
  })

  it('OPS-6 that could not be written is found out at the start', () => {
    expect(() => claimState(join(directory, 'nowhere', 'state'))).to.throw(/cannot be written/)
    mkdirSync(file)
    expect(() => claimState(file)).to.throw(/is a directory/)
  })

  it('holds everything, binaries included, and is taken once', () => {
    writeState(file, STATE)
    expect(takeState(file)).to.deep.equal(JSON.parse(JSON.stringify(STATE), revived))
    expect(takeState(file)).to.equal(undefined)
    expect(readdirSync(directory)).to.deep.equal([])
  })

  it('OPS-6 is a line for each record: together they may be more than one text holds', () => {
    const long = { ...snapshotOf('2'), data: '€'.repeat(700_000) }
    const sessions = ['a', 'b', 'c'].map((hash) => ({ hash, fence: 1, snapshot: long, keepMs: 1 }))
    writeState(file, { ...STATE, sessions })
    expect(readFileSync(file, 'utf8').match(/\n/g)).to.have.length(1 + 3 + 1 + 1)
    expect(takeState(file)?.sessions).to.deep.equal(JSON.parse(JSON.stringify(sessions)))
  })

  it('keeps ArrayBuffers too: the msgpack parser hands binaries out so', () => {
    const body = ['["file",{"_placeholder":true,"num":0}]', new Uint8Array([1, 2]).buffer] as const
    const entries = [{ offset: 1, body, bytes: 40 }]
    writeState(file, { sessions: [], rooms: [{ room: 'lobby', epoch: 'e', head: 1, entries }] })
    expect(takeState(file)?.rooms[0]?.entries[0]?.body).to.deep.equal([body[0], Buffer.from([1, 2])])
  })

  it('is for the eyes of its owner alone, and replaces the old one as a whole', () => {
    writeFileSync(file, 'old', { mode: 0o644 })
    writeState(file, STATE)
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect(readdirSync(directory)).to.deep.equal(['state'])
  })

  it('is refused and set aside when a byte of it changed', () => {
    writeState(file, STATE)
    const content = readFileSync(file)
    for (const at of [0, 5, content.length >> 1, content.length - 1]) {
      const damaged = Buffer.from(content)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      writeFileSync(file, damaged)
      const message = refusal()
      const aside = /set aside as (.*)$/.exec(message)?.[1] ?? ''
      expect(readFileSync(aside).equals(damaged), message).to.equal(true)
      expect(takeState(file)).to.equal(undefined)
    }
  })

  it('is refused when it is cut off, of another version, or no state file at all', () => {
    writeState(file, STATE)
    const content = readFileSync(file)
    for (let length = 0; length < content.length; length += 37) {
      writeFileSync(file, content.subarray(0, length))
      expect(refusal()).to.contain('set aside')
    }
    writeFileSync(file, content.toString().replace('"v":2', '"v":3'))
    expect(refusal()).to.contain('version 3')
    writeFileSync(file, '{"some":"config"}\n')
    expect(refusal()).to.contain('is not a state file')
  })
})

function revived(_key: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: string; data?: number[] }
  return type === 'Buffer' && data !== undefined ? Buffer.from(data) : value
}
