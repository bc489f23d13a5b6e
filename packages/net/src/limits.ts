/** The defaults of all limits. Times are milliseconds, sizes bytes. */

/** How long `connect` may take. */
export const CONNECT_MS = 10_000
/** How long a read or a write may wait for the peer. */
export const IDLE_MS = 60_000
/** How long a connection that has ended waits for its peer to end, too. */
export const LINGER_MS = 5_000
/** How long `close` lets those who are still at work go on. */
export const DEADLINE_MS = 10_000
/** A line, or what stands before another delimiter. */
export const LINE_BYTES = 65_536
/** What is kept of a peer's bytes before it is told to stop. */
export const HIGH_WATER_BYTES = 65_536
/** What is handed to a socket at once. */
export const SLICE_BYTES = 65_536
/** Connections of one server. */
export const CONNECTIONS = 20_000
/** How long the head of an HTTP request may take. */
export const HEADER_MS = 10_000
/** How long a whole HTTP request may take to come in. */
export const REQUEST_MS = 300_000
/** The head of an HTTP request. */
export const HEADER_BYTES = 16_384
/** A body that is read whole. */
export const BODY_BYTES = 10_485_760
/** Requests of one HTTP connection that are answered at the same time; the next ones wait in the socket. */
export const PIPELINED = 100
/** HTTP connections beyond the limit that are told so at the same time; more are dropped at once. */
export const MOST_REFUSED = 1000
/** Connections of `fetchHttp` to one server. */
export const FETCH_CONNECTIONS = 128
/** How long `fetchHttp` waits for the head of a response. */
export const FETCH_MS = 30_000
/** Connections of a pool. */
export const POOLED = 10
/** How long a tasklet waits for a connection of a pool. */
export const ACQUIRE_MS = 30_000
