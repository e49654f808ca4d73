import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { CliProcess } from './spawn-cli.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const CERTIFICATE = readFileSync(fixture('cert.pem'))
const LOOPBACK = ['--host', '127.0.0.1', '--port', '0']

const WAYS: readonly [string, string[], Record<string, string>][] = [
  ['--key and --cert', ['--key', fixture('key.pem'), '--cert', fixture('cert.pem')], {}],
  [
    'a locked --key with --passphrase',
    ['--key', fixture('locked-key.pem'), '--cert', fixture('cert.pem'), '--passphrase', 'rendezvous'],
    {},
  ],
  ['--pfx with PFX_PASSPHRASE', ['--pfx', fixture('bundle.pfx')], { PFX_PASSPHRASE: 'rendezvous' }],
]

describe('the command line over TLS', function () {
  this.timeout(20_000)
  let cli: CliProcess

  afterEach(() => cli.kill())

  for (const [what, args, env] of WAYS) {
    it(`serves with ${what}`, async () => {
      cli = new CliProcess([...LOOPBACK, ...args], env)
      const url = await cli.url()
      expect(url).to.match(/^https:/)
      const status = await new Promise((resolve, reject) => {
        get(`${url}/healthz`, { ca: CERTIFICATE }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).on('error', reject)
      })
      expect(status).to.equal(200)
      expect(cli.errors + JSON.stringify(cli.lines)).not.to.contain('rendezvous"')
    })
  }

  it('OPS-8 serves a renewed certificate after SIGHUP; what is open goes on, and so does it with a bad one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'star-tls-'))
    const [key, cert] = [join(directory, 'key'), join(directory, 'cert')]
    const place = (name: string): void => {
      copyFileSync(fixture(`${name}key.pem`), key)
      copyFileSync(fixture(`${name}cert.pem`), cert)
    }
    place('')
    cli = new CliProcess([...LOOPBACK, '--key', key, '--cert', cert])
    const url = await cli.url()
    const socket = io(url, { ca: CERTIFICATE.toString(), transports: ['websocket'], reconnection: false })
    await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
    const health = (name: string): Promise<unknown> =>
      new Promise((resolve) => {
        get(`${url}/healthz`, { ca: readFileSync(fixture(name)), agent: false }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).on('error', (error) => resolve((error as NodeJS.ErrnoException).code))
      })
    place('next-')
    cli.signal('SIGHUP')
    await cli.line('server.tls-renewed')
    expect(await health('next-cert.pem')).to.equal(200)
    expect(await health('cert.pem')).to.equal('DEPTH_ZERO_SELF_SIGNED_CERT')
    copyFileSync(fixture('key.pem'), key)
    cli.signal('SIGHUP')
    expect((await cli.line('server.tls-not-renewed')).error).to.contain(
      'the key does not belong to the certificate',
    )
    expect(await health('next-cert.pem')).to.equal(200)
    expect(socket.connected).to.equal(true)
    socket.disconnect()
    rmSync(directory, { recursive: true })
  })

  it('says so when the passphrase is wrong, without repeating it', async () => {
    cli = new CliProcess([...LOOPBACK, '--pfx', fixture('bundle.pfx'), '--passphrase', 'guess-123'])
    expect((await cli.exited).code).to.equal(2)
    expect(cli.errors).to.contain('cannot be used for TLS').and.not.contain('guess-123')
    expect(cli.errors).to.contain('the passphrase is wrong')
  })

  it('says so when the key is no key', async () => {
    cli = new CliProcess([
      ...LOOPBACK,
      '--key',
      fileURLToPath(import.meta.url),
      '--cert',
      fixture('cert.pem'),
    ])
    expect((await cli.exited).code).to.equal(2)
    expect(cli.errors).to.contain('the key is not in a form that OpenSSL reads')
  })

  it('says so when the files are the wrong way round, or a passphrase is missing', async () => {
    cli = new CliProcess([...LOOPBACK, '--key', fixture('cert.pem'), '--cert', fixture('key.pem')])
    await cli.exited
    expect(cli.errors).to.contain('the wrong way round')
    cli = new CliProcess([...LOOPBACK, '--key', fixture('locked-key.pem'), '--cert', fixture('cert.pem')])
    expect((await cli.exited).code).to.equal(2)
    expect(cli.errors).to.contain('the passphrase is wrong, or there is none')
  })

  it('JOIN-19 lets peers join in production over TLS, and not without', async () => {
    const tls = ['--key', fixture('key.pem'), '--cert', fixture('cert.pem'), '--public']
    cli = new CliProcess([...LOOPBACK, ...tls], { NODE_ENV: 'production' })
    const { multiaddrs } = await cli.line('server.listening')
    const socket = io(await cli.url(), { ca: CERTIFICATE.toString(), transports: ['websocket'] })
    const privateKey = await generateKeyPair('Ed25519')
    const [address = ''] = multiaddrs as string[]
    const peer = await joinStar(wrap(socket), address, { privateKey })
    expect(peer.address).to.contain('/wss/p2p-websocket-star/')
    socket.disconnect()
    await cli.kill()

    cli = new CliProcess([...LOOPBACK, '--public'], { NODE_ENV: 'production' })
    const plain = io(await cli.url(), { transports: ['websocket'] })
    const [plainAddress = ''] = (await cli.line('server.listening')).multiaddrs as string[]
    const refused = await joinStar(wrap(plain), plainAddress, { privateKey }).catch((error: unknown) => error)
    expect(refused).to.have.property('code', 'ERR_FORBIDDEN')
    plain.disconnect()
  })
})
