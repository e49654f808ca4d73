// The first elements of messages that are no plain event (SES-8, ROOM-3, ROOM-6). Their meaning never changes.

export const REQUEST = 1
export const RESPONSE = 2
export const FAILURE = 3
export const JOINED = 4
export const LEFT = 5
export const FETCH = 6
export const REPLAY = 7
export const GAP = 8
