import { type Channel, CONTROL, createChannel, restoreChannel } from '@socket-star/protocol/channel'
import { type Encoded, encodePayload, interrupted, PAYLOAD_MEASURE } from '@socket-star/protocol/session'
import type { SessionSnapshot } from '../store/session-store.ts'
import type { SessionInit, SessionScope } from './scope.ts'
import type { SessionCore } from './session-core.ts'

/** The Channel of a new session, or of one that goes on. */
export function channelOf(
  { channelOptions, save }: SessionScope,
  { fence, snapshot }: Pick<SessionInit, 'fence' | 'snapshot'>,
): Channel<Encoded> {
  const gate = save && ({ ackOn: 'committed', commitBeforeSend: true } as const)
  const own = { measure: PAYLOAD_MEASURE, welcome: 'sends', incarnation: fence } as const
  const options = { ...channelOptions, ...gate, ...own }
  return snapshot ? restoreChannel(snapshot.channel, options) : createChannel(options)
}

/** A session at rest (CH-17). @throws TypeError when its data is nothing that JSON can carry */
export function snapshotOf({
  id,
  identity,
  conduit,
  session,
  dialogue,
  rooms,
}: SessionCore): SessionSnapshot {
  return {
    v: 1,
    id,
    identity: identity.snapshot(),
    channel: conduit.channel.snapshot(),
    data: JSON.stringify(session.data),
    lastRequest: dialogue.lastRequest,
    inWork: dialogue.inWork,
    rooms: rooms?.snapshot() ?? [],
  }
}

/** What an earlier process had begun ends here: its handlers died with it. */
export function goOn(core: SessionCore, { inWork, rooms }: SessionSnapshot): void {
  const { channel } = core.conduit
  for (const delivery of channel.interrupted) channel.consume(delivery)
  for (const message of interrupted(inWork)) core.conduit.send(encodePayload(message), CONTROL)
  if (rooms.length > 0) core.inRooms.restore(rooms)
}
