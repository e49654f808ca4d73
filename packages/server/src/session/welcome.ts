import { SESSION_VERSION, type Welcome } from '@socket-star/protocol/session'
import type { SessionScope } from './scope.ts'

/** The parameters of a session, as its client is told them (SES-4). */
export function welcomeOf({ settings, features }: SessionScope, id: string): Welcome {
  const { heartbeatMs, resumeWindowMs, windowMessages, windowBytes, maxMessageBytes } = settings
  const limits = { heartbeatMs, resumeWindowMs, windowMessages, windowBytes, maxMessageBytes }
  return { v: SESSION_VERSION, id, ...limits, features }
}
