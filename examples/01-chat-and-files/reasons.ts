/** Why a stream ended, in words for the person at the page. Match on the code: the text may change. */
export function explain(error: unknown, nick: string): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ERR_DISCONNECTED':
    case 'ERR_NOT_CONNECTED':
    case 'ERR_CLOSED':
      return 'This page lost its connection to the server.'
    case 'ERR_PEER_NOT_FOUND':
      return `${nick} is not online any more.`
    case 'ERR_STREAM_RESET':
      return `${nick} left or lost the connection.`
    case 'ERR_DIAL_TIMEOUT':
    case 'ERR_TIMEOUT':
      return `${nick} did not answer.`
    case 'ERR_STREAM_BACKLOG':
      return `The connection of ${nick} is too slow for the amount that was sent.`
    default:
      return error instanceof Error ? error.message : 'The stream ended.'
  }
}
