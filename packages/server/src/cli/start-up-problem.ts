/** What a person is told when the server cannot start. */
export function startUpProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error)) return error.message
  const where = placeOf(error)
  switch (error.code) {
    case 'EADDRINUSE':
      return `${where} is in use. Stop what listens there, or choose another port with --port.`
    case 'EACCES':
      return `no permission to listen on ${where}. Ports below 1024 usually need root; choose another with --port.`
    case 'EADDRNOTAVAIL':
      return `${where} is not an address of this machine. Choose another with --host (or HOST in the environment).`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host to listen on, --host (or HOST in the environment), cannot be found: ${error.message}`
    default:
      return error.message
  }
}

function placeOf(error: Error): string {
  const { address, port } = error as Error & { address?: string; port?: number }
  return port === undefined ? (address ?? 'the address') : `${address ?? ''}:${port}`
}
