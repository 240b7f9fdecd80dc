import { createHash, randomBytes } from "node:crypto";

/** The only protocol for which extended CONNECT is accepted (RFC 8441). */
export const WEBSOCKET = "websocket";

/** Fields of HTTP/1.1's handshake that HTTP/2 does without. */
export const KEY = "sec-websocket-key";
export const ACCEPT = "sec-websocket-accept";

/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export function newKey(): string {
  return randomBytes(16).toString("base64");
}

/** The Sec-WebSocket-Accept that proves that a server has read the key. */
export function acceptOf(key: string): string {
  return createHash("sha1").update(key).update(GUID).digest("base64");
}
