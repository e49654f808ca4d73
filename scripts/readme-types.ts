import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { codeBlocks } from './code-blocks.ts'

/** What the text around an example says that it has; everything else an example imports or declares itself. */
const AROUND = `
declare const client: import('@socket-star/client').StarSocket
declare const peer: import('@socket-star/client').Peer
declare const address: string
declare const privateKey: NonNullable<import('@socket-star/client').JoinOptions['privateKey']>
declare const duplex: import('@socket-star/client').PeerStream
declare const file: File
declare const star: import('@socket-star/server').Star
declare const io: import('socket.io').Server
declare const http: import('node:http').Server
declare function sessionOf(cookie: string | undefined): Promise<{ user: string } | undefined>
declare function verify(token: unknown): Promise<{ user: string }>
`

/** How applications resolve modules that find the types of packages like ours. */
const RESOLUTIONS = [
  ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
  ['--module', 'esnext', '--moduleResolution', 'bundler'],
]

/** What a CommonJS module gets: the packages with `require`, and the types of a socket that it made. */
const COMMON = `
import { joinStar, wrap } from '@socket-star/client'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
new Server().use(starMiddleware().on('session', (session) => session.emit('news')))
const socket: Socket<{ news: (text: string) => void }, { chat: (text: string) => void }> = io('')
const star = wrap(socket)
star.on('news', (text) => text.trim())
// @ts-expect-error: a chat is a text
star.emit('chat', 7)
void joinStar(star, '')
`

/**
 * Writes every example of some READMEs into `folder`, as TypeScript whatever
 * its language, and calls back with the arguments of each `tsc` run that has
 * to find nothing there: strict, in each way to resolve modules.
 */
export function checkExamples(
  readmes: readonly string[],
  folder: string,
  check: (args: readonly string[]) => void,
): void {
  mkdirSync(folder)
  const files = readmes.flatMap((readme) =>
    codeBlocks(readme, 'js', 'ts').map((code, at) => {
      const file = join(folder, `${basename(dirname(readme))}-${at}.mts`)
      writeFileSync(file, `${code}\nexport {}\n`)
      return file
    }),
  )
  if (files.length === 0) throw new Error('no README has an example')
  const around = join(folder, 'around.d.ts')
  writeFileSync(around, AROUND)
  for (const resolution of RESOLUTIONS) check([...resolution, around, ...files])
  const common = join(folder, 'common.cts')
  writeFileSync(common, COMMON)
  check(['--module', 'nodenext', common])
}
