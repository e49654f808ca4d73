/** Draws the tables of the handshake for docs/handshake.md, so that neither says what the other does not. */
import {
  CLIENT_HANDSHAKE,
  CLIENT_LIFE,
  type HandshakeTable,
  type LifeTable,
  SERVER_HANDSHAKE,
  SERVER_LIFE,
  STATUS,
  type Status,
  statusName,
} from '@socket-star/protocol/session'

type Row = readonly [from: string, on: string, to: string, does: string]

function drawn(title: string, rows: readonly Row[]): string {
  const lines = rows.map(([from, on, to, does]) => `  ${from} --> ${to}: ${on}${does && ` / ${does}`}`)
  return [`### ${title}`, '', '```mermaid', 'stateDiagram-v2', ...lines, '```', ''].join('\n')
}

const split = (row: string) => row.split(' ') as [string, string]

/** In the order of a life. */
const DRAWN = [STATUS.OPEN, STATUS.RECONNECTING, STATUS.PRECONNECTED, STATUS.CONNECTED] as const

/** The name of what a row does. */
const spoken = ({ name }: { name: string }) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const nameOf = (status: string | Status): string => statusName(Number(status) as Status)

const handshake = (table: HandshakeTable): Row[] =>
  DRAWN.flatMap((from) =>
    Object.entries(table[from] ?? {}).map(
      ([on, [to, ...does]]): Row => [nameOf(from), on, nameOf(to), does.map(spoken).join(', ')],
    ),
  )

const life = (table: LifeTable): Row[] => Object.entries(table).map(([row, to]) => [...split(row), to, ''])

/** The four diagrams. */
export function diagrams(): string {
  return [
    drawn('A client on one socket', handshake(CLIENT_HANDSHAKE)),
    drawn('A server on one socket', handshake(SERVER_HANDSHAKE)),
    drawn("A client's session across its sockets", life(CLIENT_LIFE)),
    drawn("A server's session across its sockets", life(SERVER_LIFE)),
  ].join('\n')
}
