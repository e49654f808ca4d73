import { envName, OPTIONS, type OptionSpec } from './options.ts'

const GAP = 2

/** The text of `--help`, made from the table of options. */
export function helpText(): string {
  const rows = OPTIONS.map((option: OptionSpec): [string, string] => [left(option), option.help])
  const width = Math.max(...rows.map(([flags]) => flags.length)) + GAP
  return [
    'socket-star: a Socket.IO server with sessions, where peers find and reach each other',
    '',
    'Usage: socket-star [options]',
    '',
    ...rows.map(([flags, help]) => `  ${flags.padEnd(width)}${help}`),
    '',
    `Each option is also an environment variable: --cors-origin is ${envName('cors-origin')},`,
    '--public is SOCKET_STAR_PUBLIC=1. A flag wins over the environment. The flags and the',
    'variables of the libp2p-websocket-star-rendezvous binary are understood as well.',
    '',
    'With NODE_ENV=production peers may join only over TLS (--key and --cert, --pfx, or a',
    'proxy named with --trust-proxy), and the server starts only with --public.',
    '',
    'SIGTERM and SIGINT stop it once running transfers are done; a second one stops it at once.',
    'SIGHUP has it read key and certificate again; with a terminal, which is gone then, it stops.',
    '',
  ].join('\n')
}

function left(option: OptionSpec): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  const value = option.value === undefined ? '' : ` <${option.value}>`
  return `${short}--${option.name}${value}`
}
