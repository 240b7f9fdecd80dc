import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "../net/loopback.ts";

/** The client of a request to the page, and its permissions. */
export interface Visitor {
  /** It is on this machine: may see what the gateway's 404 and 503 pages show anyway. */
  readonly isLocal: boolean;
  /** It has opened the link with the token: may read logs, requests, environments. */
  readonly hasSession: boolean;
  /** It may make changes. */
  readonly mayChange: boolean;
}

/** Why a request is refused. */
export interface Turned {
  readonly status: number;
  readonly why: string;
}

/**
 * Opens sessions for clients with the token. The token is visible in a terminal and in a shell's history; the cookie
 * that it is exchanged for is another secret.
 */
export class Sessions {
  readonly token = randomBytes(24).toString("base64url");
  readonly #secret = randomBytes(24).toString("base64url");

  /** @returns the cookie for a browser with the token; undefined for a wrong token. */
  cookieFor(token: string, host: string): string | undefined {
    if (!isEqual(token, this.token)) return undefined;
    return `${cookieName(host)}=${this.#secret}; Path=/-/; HttpOnly; SameSite=Strict`;
  }

  visitor({ headers }: IncomingMessage): Visitor {
    const { cookie = "", host = "" } = headers;
    const [, value = ""] = new RegExp(`(?:^|;\\s*)${cookieName(host)}=([^;]*)`).exec(cookie) ?? [];
    const isLocal = clientsOf(headers).every(isLoopback);
    const hasSession = isEqual(value, this.#secret);
    return { isLocal, hasSession, mayChange: isLocal && hasSession };
  }
}

/**
 * Whether the request comes from a page of another site. Pages at other ports of localhost count as the same site for
 * cookies, so the Origin decides.
 */
export function fromElsewhere({ method, headers }: IncomingMessage): Turned | undefined {
  const { origin, host = "", "sec-fetch-site": site } = headers;
  const isForeign =
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== "same-origin" && site !== "none");
  if (isForeign) return { status: 403, why: "pages of other origins get no answer here" };
  if (method === "POST" && origin === undefined) {
    return { status: 403, why: "what changes something has to say its Origin" };
  }
  return undefined;
}

/** Cookies are shared by all ports of a host. */
function cookieName(host: string): string {
  return `kubelane-${/:(\d+)$/.exec(host)?.[1] ?? "80"}`;
}

/** All client addresses of the request; the gateway has added the last one itself. */
function clientsOf(headers: IncomingMessage["headers"]): string[] {
  return String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((address) => address.trim().replace(/^::ffff:/, ""));
}

function isEqual(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}
