import type { Component } from './component.ts'
import { installDebianPackage } from './debian.ts'
import type { Machine } from './machine.ts'
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

const PYTHONS = ['python3', '/usr/bin/python3']

/** A Python that can import the client and its WebSocket transport; Debian's own may not be the first on PATH. */
const pythonSocketio: Component = {
  title: 'python3-socketio',
  advice: 'apt-get install python3-socketio python3-websocket',
  locate: locatePython,
  install: async (machine) =>
    (await installDebianPackage(machine, 'python3-socketio')) ??
    (await installDebianPackage(machine, 'python3-websocket')),
}

async function locatePython(machine: Machine): Promise<string | undefined> {
  for (const name of PYTHONS) {
    const path = machine.find(name)
    if (path === undefined) continue
    const { code } = await machine.run(path, ['-c', 'import socketio, websocket'])
    if (code === 0) return path
  }
  return undefined
}

/** Everything that a suite may ask for. */
export const COMPONENTS = {
  chromium: executable(
    'Chromium',
    'CHROMIUM_PATH',
    ['chromium', 'chromium-browser', 'google-chrome'],
    'chromium',
  ),
  redis: executable('redis-server', 'REDIS_PATH', ['redis-server'], 'redis-server'),
  'python-socketio': pythonSocketio,
  /** The npm packages of the protocol's first generation, with exact versions. */
  legacy: privateInstall('The legacy npm packages', 'test/legacy'),
  /** What the benchmarks compare with beyond Socket.IO and ws. */
  'bench-peers': privateInstall('js-libp2p', 'bench/peers'),
  bufferutil: privateInstall('bufferutil', 'bench/native'),
} as const satisfies Record<string, Component>

/** The name of a component. */
export type ComponentName = keyof typeof COMPONENTS
