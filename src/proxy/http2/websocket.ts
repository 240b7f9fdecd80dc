import { createHash, randomBytes } from "node:crypto";

/** The one protocol that extended CONNECT is taken for (RFC 8441). */
export const WEBSOCKET = "websocket";

/** Fields that only HTTP/1.1 has in the handshake: over HTTP/2 nothing takes them for an answer to this request. */
export const KEY = "sec-websocket-key";
export const ACCEPT = "sec-websocket-accept";

/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export function newKey(): string {
  return randomBytes(16).toString("base64");
}

/** What a server that understood the key answers. */
export function acceptOf(key: string): string {
  return createHash("sha1").update(key).update(GUID).digest("base64");
}
