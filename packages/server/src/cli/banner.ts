import { urlFor } from '../http/listener.ts'
import { multiaddrFor, reachableHosts } from '../http/reachable.ts'
import type { StarServer } from '../http/star-server-options.ts'
import type { LogFields } from '../log.ts'
import type { Settings } from './settings.ts'

/** Where the server can be reached and how it is set up: the start-up line of the log. */
export function bannerFields(server: StarServer, settings: Settings, production: boolean): LogFields {
  const hosts = reachableHosts(settings.host)
  return {
    urls: hosts.map((host) => urlFor(host, server.port, server.secure)),
    multiaddrs: hosts.map((host) => multiaddrFor(host, server.port, server.secure)),
    mode: modeText(settings, production),
  }
}

/** The same for a person at a terminal. */
export function bannerText(server: StarServer, settings: Settings, production: boolean): string {
  const hosts = reachableHosts(settings.host)
  const lines = [
    `Listening on: ${server.url}`,
    '',
    '  Open the page',
    ...hosts.map((host) => `    ${urlFor(host, server.port, server.secure)}`),
    '',
    '  Join as a peer (add /p2p/<your peer id>)',
    ...hosts.map((host) => `    ${multiaddrFor(host, server.port, server.secure)}`),
    '',
    `  Mode: ${modeText(settings, production)}`,
    '',
  ]
  return lines.join('\n')
}

function modeText(settings: Settings, production: boolean): string {
  const who = settings.public ? 'public' : 'open to anyone who can reach it'
  return [
    production ? `production, ${who}` : `development, ${who}`,
    settings.challenge ? 'peers prove their address' : 'peers do not prove their address (challenge off)',
    settings.strictAddresses ? 'strict addresses' : 'any address',
    settings.metrics ? 'metrics at /metrics' : 'no metrics',
  ].join('; ')
}
