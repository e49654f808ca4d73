import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file of random bytes, and the hash that it must arrive with. */
export function createBigFile(megabytes: number): { path: string; sha256: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'star-page-'))
  const path = join(directory, 'crossing.bin')
  const bytes = randomBytes(megabytes * 1_000_000)
  writeFileSync(path, bytes)
  return {
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    remove: () => rmSync(directory, { recursive: true }),
  }
}

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
