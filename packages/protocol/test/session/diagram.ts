/** Draws the tables of the handshake for docs/handshake.md, so that neither says what the other does not. */
import {
  CLIENT_HANDSHAKE,
  CLIENT_LIFE,
  type HandshakeTable,
  type LifeTable,
  SERVER_HANDSHAKE,
  SERVER_LIFE,
} from '@socket-star/protocol/session'

type Row = readonly [from: string, on: string, to: string, does: string]

function drawn(title: string, rows: readonly Row[]): string {
  const lines = rows.map(([from, on, to, does]) => `  ${from} --> ${to}: ${on}${does && ` / ${does}`}`)
  return [`### ${title}`, '', '```mermaid', 'stateDiagram-v2', ...lines, '```', ''].join('\n')
}

const split = (row: string) => row.split(' ') as [string, string]

/** The name of what a row does. */
const spoken = ({ name }: { name: string }) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const handshake = (table: HandshakeTable): Row[] =>
  Object.entries(table).map(([row, [to, ...does]]) => [...split(row), to, does.map(spoken).join(', ')])

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
