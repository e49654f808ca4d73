// First elements of what is no plain event (SES-8, ROOM-3, ROOM-6). Their meaning never changes.

export const REQUEST = 1
export const RESPONSE = 2
export const ROOM = 3
export const LEFT = 4
export const WELCOME = 5
