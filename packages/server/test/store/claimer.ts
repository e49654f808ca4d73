import { claimState, type StateClaim } from '../../src/store/state-claim.ts'

/** Between one file and the next, in milliseconds: the others have to be at the same one. */
const STEP_MS = 10

// a process that claims files at given moments, says which it has, and gives them back when its input ends
const [at, ...files] = process.argv.slice(2)
const claims = new Map<string, StateClaim>()
files.forEach((file, n) => {
  while (Date.now() < Number(at) + n * STEP_MS);
  try {
    claims.set(file, claimState(file))
  } catch {
    // another process has it
  }
})
console.log(JSON.stringify([...claims.keys()]))
process.stdin.resume().once('end', () => {
  for (const claim of claims.values()) claim.release()
})
