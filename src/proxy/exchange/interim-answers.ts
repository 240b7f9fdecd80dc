/**
 * Interim answers (1xx) to one request: more make it a 502. A pod that speaks HTTP/1.1 to a client that does
 * waits for it, so this bounds only how long that may go on: a progress report every second of a quarter of an hour.
 */
export const MAX_INTERIM = 1_000;

/**
 * The same where HTTP/2 is spoken on either side: node makes no pod wait there and holds what the client doesn't
 * read, so this bounds memory, to that many heads.
 */
export const MAX_HELD_INTERIM = 100;
