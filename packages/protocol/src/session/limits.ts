/** The largest message where nobody says otherwise: what Socket.IO's own default takes, less what a frame needs beside it. */
export const DEFAULT_MESSAGE_BYTES = 998_976

/** How long a session without a socket is kept, in milliseconds (HS-17). Ended tokens are remembered as long. */
export const RESUME_WINDOW_MS = 120_000

/** How long a session may wait for its client to confirm, in milliseconds (HS-17). */
export const UNCONFIRMED_MS = 30_000

/** Sockets of one session that may drain at once (HS-12). One more, and the oldest is closed. */
export const MAX_DRAINING = 2

/** Most requests of one side that may wait at once; one more throws `ERR_QUOTA` (SES-10). */
export const MAX_REQUESTS = 4_096

/** Most requests of one session that may be in work at once; with one more the oldest is answered `ERR_QUOTA` (SES-11). */
export const MAX_RESPONSES = 4_096
