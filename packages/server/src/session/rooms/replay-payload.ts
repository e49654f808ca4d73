import {
  decodePayload,
  type Encoded,
  encodePayload,
  encodeRoom,
  MAX_ATTACHMENTS,
  type Payload,
  payloadAttachments,
  payloadBytes,
  type RoomAnswer,
} from '@socket-star/protocol/session'

/** Bytes of bodies in one answer, unless a single one is larger: the member asks on. */
export const REPLAY_BYTES = 65_536

/** An answer as a message of the session. Bodies are not encoded a second time, unless there are binaries in them. */
export function replayPayload(answer: RoomAnswer<Encoded>): Encoded {
  const bodies = fitting(answer.bodies)
  if (bodies.every((body) => typeof body !== 'object')) {
    const start = JSON.stringify(encodeRoom({ ...answer, bodies: [] }))
    return `${start.slice(0, -2)}${bodies.join(',')}]]`
  }
  const decoded = bodies.map((body) => (typeof body === 'number' ? body : (decodePayload(body) as Payload)))
  return encodePayload(encodeRoom({ ...answer, bodies: decoded }), 0)
}

function fitting(bodies: readonly (Encoded | number)[]): readonly (Encoded | number)[] {
  let bytes = 0
  let attachments = 0
  for (const [index, body] of bodies.entries()) {
    if (typeof body === 'number') continue
    bytes += payloadBytes(body)
    attachments += payloadAttachments(body)
    if (index > 0 && (bytes > REPLAY_BYTES || attachments > MAX_ATTACHMENTS)) return bodies.slice(0, index)
  }
  return bodies
}
