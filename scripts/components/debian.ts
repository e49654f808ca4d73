import type { Machine } from './machine.ts'

const APT_OPTIONS = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=200']

/**
 * Installs a Debian package, as root or through a sudo that asks nothing. The
 * package lists are fetched only when the first try fails. The answer is why
 * it did not work, or `undefined`.
 */
export async function installDebianPackage(machine: Machine, name: string): Promise<string | undefined> {
  const apt = machine.find('apt-get')
  if (apt === undefined) return 'no apt-get here'
  const prefix = await privilege(machine)
  if (prefix === undefined) return 'neither root nor a sudo without password'
  const install = [...prefix, apt, 'install', ...APT_OPTIONS, name]
  if ((await start(machine, install)).code === 0) return undefined
  await start(machine, [...prefix, apt, 'update', '-q'])
  const second = await start(machine, install)
  return second.code === 0 ? undefined : `apt-get install ${name} failed: ${lastLine(second.output)}`
}

async function privilege(machine: Machine): Promise<string[] | undefined> {
  if (machine.isRoot) return []
  const sudo = machine.find('sudo')
  if (sudo === undefined) return undefined
  const { code } = await machine.run(sudo, ['-n', 'true'])
  return code === 0 ? [sudo, '-n'] : undefined
}

function start(machine: Machine, command: readonly string[]) {
  const [file = '', ...args] = command
  return machine.run(file, args)
}

/** The last line that says something. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim() ?? ''
}
