import type { ChildProcess } from 'node:child_process'

/** Every process that was started and has not ended yet. */
const running = new Set<ChildProcess>()

/** Makes sure that a process does not outlive this one, however this one ends. */
export function track(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', killAll)
  running.add(child)
  child.once('exit', () => {
    running.delete(child)
    if (running.size === 0) process.off('exit', killAll)
  })
}

/** Ends every process at once. Those of a parent that was killed end by themselves, as their channel closes. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}
