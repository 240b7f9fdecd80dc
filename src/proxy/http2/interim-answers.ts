/**
 * Interim answers (1xx) to one request. Over HTTP/2 they are passed on as they come: node holds what a client
 * doesn't read and says nothing of it, so only their number keeps a flood of them from filling memory.
 */
export const MAX_INTERIM = 100;
