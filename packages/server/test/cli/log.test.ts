import { expect } from 'chai'
import { createLog } from '../../src/log.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

const written = (
  json: boolean,
  level: 'error' | 'info' = 'info',
): [string[], ReturnType<typeof createLog>] => {
  const lines: string[] = []
  return [lines, createLog({ level, json, write: (line) => lines.push(line), now: () => NOW })]
}

describe('the log', () => {
  it('writes one JSON object a line for machines', () => {
    const [lines, log] = written(true)
    log.info('server.listening', { port: 9090, note: 'two\nlines' })
    expect(lines).to.have.length(1)
    expect(lines[0]).not.to.contain('\n')
    expect(JSON.parse(lines[0] ?? '')).to.deep.equal({
      time: '2026-01-02T03:04:05.678Z',
      level: 'info',
      event: 'server.listening',
      port: 9090,
      note: 'two\nlines',
    })
  })

  it('writes a readable line for people, with line breaks and escapes made harmless', () => {
    const [lines, log] = written(false)
    log.warn('peer.odd', { text: 'a\n\u001b[31mb', missing: undefined })
    expect(lines).to.deep.equal(['03:04:05 warn  peer.odd text="a\\n\\u001b[31mb"'])
  })

  it('escapes what JSON leaves as it is and a terminal acts on', () => {
    const text = 'a\u009b31mb\u2028c\u202ed'
    for (const json of [true, false]) {
      const [lines, log] = written(json)
      log.warn('peer.odd', { text })
      expect(lines[0]).to.contain('"a\\u009b31mb\\u2028c\\u202ed"')
      if (json) expect(JSON.parse(lines[0] ?? '')).to.include({ text })
    }
  })

  it('keeps its own fields, whatever a field is called', () => {
    const [lines, log] = written(true)
    log.info('peer.odd', { event: 'another', level: 'none' })
    expect(JSON.parse(lines[0] ?? '')).to.include({ event: 'peer.odd', level: 'info' })
  })

  it('leaves out what is below its level', () => {
    const [lines, log] = written(true, 'error')
    log.warn('not this')
    log.debug('nor this')
    expect(lines).to.deep.equal([])
  })
})
