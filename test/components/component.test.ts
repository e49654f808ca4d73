import { expect } from 'chai'
import { COMPONENTS } from '../../scripts/components/catalogue.ts'
import { type Component, decide, ensureComponent } from '../../scripts/components/component.ts'
import { installDebianPackage } from '../../scripts/components/debian.ts'
import type { Machine, RunResult } from '../../scripts/components/machine.ts'

interface Fake {
  env?: Record<string, string>
  isRoot?: boolean
  files?: string[]
  /** Called for each command; the answer is its exit code. */
  onRun?: (command: string) => number
}

function fakeMachine(fake: Fake): Machine & { commands: string[] } {
  const commands: string[] = []
  return {
    commands,
    env: fake.env ?? {},
    isRoot: fake.isRoot ?? false,
    find: (name) => (fake.files?.includes(name) ? `/bin/${name}` : undefined),
    run: async (command, args): Promise<RunResult> => {
      const line = [command, ...args].join(' ')
      commands.push(line)
      return { code: fake.onRun?.(line) ?? 0, output: 'first\nE: no such package\n' }
    },
  }
}

const component = (locations: (string | undefined)[], reason?: string): Component => ({
  title: 'Thing',
  advice: 'get it',
  locate: async () => locations.shift(),
  install: async () => reason,
})

describe('test components', () => {
  it('run what is here, skip what is missing, and fail it in CI', () => {
    expect(decide({ path: '/x' }, { CI: 'true' })).to.equal('run')
    expect(decide({ path: '/x' }, {})).to.equal('run')
    expect(decide({ missing: 'm' }, {})).to.equal('skip')
    expect(decide({ missing: 'm' }, { CI: 'false' })).to.equal('skip')
    expect(decide({ missing: 'm' }, { CI: '' })).to.equal('skip')
    expect(decide({ missing: 'm' }, { CI: 'true' })).to.equal('fail')
    expect(decide({ missing: 'm' }, { CI: '1' })).to.equal('fail')
  })

  it('are installed only when they are not here', async () => {
    const machine = fakeMachine({})
    expect(await ensureComponent(component(['/here']), machine)).to.deep.equal({ path: '/here' })
    expect(await ensureComponent(component([undefined, '/new']), machine)).to.deep.equal({ path: '/new' })
  })

  it('say in one line what is missing, why, and how to get it', async () => {
    const machine = fakeMachine({})
    expect(await ensureComponent(component([undefined, undefined], 'no net'), machine)).to.deep.equal({
      missing: 'Thing is missing (no net): get it',
    })
    const forbidden = fakeMachine({ env: { COMPONENTS_INSTALL: 'never' } })
    expect(await ensureComponent(component([undefined, '/new']), forbidden)).to.deep.equal({
      missing: 'Thing is missing (COMPONENTS_INSTALL=never): get it',
    })
  })

  it('find Chromium by CHROMIUM_PATH first, then by the names that systems give it', async () => {
    const { chromium } = COMPONENTS
    expect(await chromium.locate(fakeMachine({ files: ['google-chrome'] }))).to.equal('/bin/google-chrome')
    expect(await chromium.locate(fakeMachine({ files: ['google-chrome', 'chromium'] }))).to.equal(
      '/bin/chromium',
    )
    const chosen = fakeMachine({ files: ['mine', 'chromium'], env: { CHROMIUM_PATH: 'mine' } })
    expect(await chromium.locate(chosen)).to.equal('/bin/mine')
    const wrong = fakeMachine({ files: ['chromium'], env: { CHROMIUM_PATH: 'gone' } })
    expect(await chromium.locate(wrong)).to.equal(undefined)
  })

  it('come through apt-get, which updates its lists only after a failure', async () => {
    let failures = 1
    const machine = fakeMachine({
      isRoot: true,
      files: ['apt-get'],
      onRun: (line) => (line.includes(' install ') && failures-- > 0 ? 100 : 0),
    })
    expect(await installDebianPackage(machine, 'chromium')).to.equal(undefined)
    expect(machine.commands.map((line) => line.split(' ')[1])).to.deep.equal(['install', 'update', 'install'])
  })

  it('come through sudo where it asks no password, and not at all otherwise', async () => {
    const allowed = fakeMachine({ files: ['apt-get', 'sudo'] })
    expect(await installDebianPackage(allowed, 'chromium')).to.equal(undefined)
    expect(allowed.commands.at(-1)).to.match(/^\/bin\/sudo -n \/bin\/apt-get install .* chromium$/)
    const asks = fakeMachine({ files: ['apt-get', 'sudo'], onRun: () => 1 })
    expect(await installDebianPackage(asks, 'chromium')).to.equal('neither root nor a sudo without password')
    expect(await installDebianPackage(fakeMachine({ isRoot: true }), 'x')).to.equal('no apt-get here')
    const fails = fakeMachine({ isRoot: true, files: ['apt-get'], onRun: () => 100 })
    expect(await installDebianPackage(fails, 'x')).to.equal('apt-get install x failed: E: no such package')
  })
})
