import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "../net/loopback.ts";

/** The client of a request to the page, and what it may do. */
export interface Visitor {
  /** Asks on this machine: may see what the gateway's 404 and 503 pages say anyway. */
  readonly isLocal: boolean;
  /** Has opened the link with the token: may read logs, requests, environments. */
  readonly hasSession: boolean;
  /** May change something. */
  readonly mayChange: boolean;
}

/** Why a request is not answered. */
export interface Turned {
  readonly status: number;
  readonly why: string;
}

/**
 * Opens sessions to those who know the token. The token stands in a terminal and in the history of a shell; the
 * cookie that it is exchanged for is another secret.
 */
export class Sessions {
  readonly token = randomBytes(24).toString("base64url");
  readonly #secret = randomBytes(24).toString("base64url");

  /** @returns the cookie that a browser gets for the token; undefined when it is not the token. */
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
 * Whether another site's page asks. A page at another port of localhost is the same site, so cookies come along with
 * what it asks: the origin decides.
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

/** Every address that the request came by; the gateway has added the last one itself. */
function clientsOf(headers: IncomingMessage["headers"]): string[] {
  return String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((address) => address.trim().replace(/^::ffff:/, ""));
}

function isEqual(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}
