import type { Component } from './component.ts'
import { installDebianPackage } from './debian.ts'
import { privateInstall } from './private-install.ts'

/** An executable that a Debian package brings; `variable` in the environment names another one. */
function executable(title: string, variable: string, names: readonly string[], debian: string): Component {
  return {
    title,
    advice: `apt-get install ${debian}, or set ${variable} to its path`,
    locate: async (machine) => {
      const chosen = machine.env[variable]
      if (chosen !== undefined && chosen !== '') return machine.find(chosen)
      return names.map((name) => machine.find(name)).find((path) => path !== undefined)
    },
    install: (machine) => installDebianPackage(machine, debian),
  }
}

/** Everything that a suite may ask for. */
export const COMPONENTS = {
  chromium: executable(
    'Chromium',
    'CHROMIUM_PATH',
    ['chromium', 'chromium-browser', 'google-chrome'],
    'chromium',
  ),
  python: executable('Python 3', 'PYTHON_PATH', ['python3'], 'python3'),
  /** The npm packages of the protocol's first generation, with exact versions. */
  legacy: privateInstall('The legacy npm packages', 'test/legacy'),
  /** What the benchmarks compare with beyond Socket.IO and ws. */
  'bench-peers': privateInstall('js-libp2p', 'bench/peers'),
  bufferutil: privateInstall('bufferutil', 'bench/native'),
} as const satisfies Record<string, Component>

/** The name of a component. */
export type ComponentName = keyof typeof COMPONENTS
