/**
 * Interim answers (1xx) that one request may get; beyond that it is answered with 502. With HTTP/1.1 on both sides a
 * pod is slowed down by its client, so this only bounds how long it goes on: one progress report a second for a
 * quarter of an hour.
 */
export const MAX_INTERIM = 1_000;

/**
 * The same limit where either side speaks HTTP/2. There the pod is not slowed down and heads that the client doesn't
 * read are held here, so this bounds memory.
 */
export const MAX_HELD_INTERIM = 100;
