import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TlsMaterial } from '../http/listener.ts'
import type { TlsFiles } from './settings.ts'
import { UsageError } from './usage-error.ts'

/** Reads the files and lets OpenSSL check them. Throws a {@link UsageError} that names the file. */
export function readTls(files: TlsFiles | undefined): TlsMaterial | undefined {
  if (files === undefined) return undefined
  const secret = files.passphrase === undefined ? {} : { passphrase: files.passphrase }
  const material: TlsMaterial =
    'pfx' in files
      ? { pfx: readFile(files.pfx, 'the PKCS#12 file'), ...secret }
      : { key: readFile(files.key, 'the key'), cert: readFile(files.cert, 'the certificate'), ...secret }
  try {
    createSecureContext({ ...material })
  } catch (error) {
    const names = 'pfx' in files ? files.pfx : `${files.key} and ${files.cert}`
    throw new UsageError(`${names} cannot be used for TLS: ${explain(reason(error))}`)
  }
  return material
}

function readFile(name: string, what: string): Buffer {
  try {
    return readFileSync(name)
  } catch (error) {
    throw new UsageError(`${what} cannot be read: ${reason(error)}`)
  }
}

/** What OpenSSL says, and what it means for whoever gave the files. */
const EXPLANATIONS: readonly (readonly [RegExp, string])[] = [
  [/mac verify failure|bad decrypt|interrupted or cancelled/i, 'the passphrase is wrong, or there is none'],
  [/no start line/i, 'a file is not PEM, or key and certificate are the wrong way round'],
  [/DECODER routines::unsupported/, 'the key is not in a form that OpenSSL reads'],
  [/key values mismatch/i, 'the key does not belong to the certificate'],
]

function explain(text: string): string {
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(text))
  return known === undefined ? text : `${known[1]} (${text})`
}

/** OpenSSL's and the file system's messages name files and formats, never what is in a key. */
function reason(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
