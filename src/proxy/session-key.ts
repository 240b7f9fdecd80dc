import { createHash, randomBytes } from "node:crypto";
import type { CookieAttributes, SessionRule } from "../objects/service-annotations.ts";
import { cookieValue } from "../routes/cookie.ts";

/** Keys that are made here have 22 characters. Longer ones that clients send are not stored as they are. */
const OWN_KEY = /^[\w-]{8,64}$/;
/** Longer keys, such as bearer tokens, are stored as hashes. */
const LONGEST_KEY = 64;

export interface ClientSession {
  readonly key: string;
  /** The Set-Cookie value that gives the client a key; absent when it has one. */
  readonly setCookie?: string;
}

/**
 * The session that a request belongs to; undefined when the header that identifies it is missing.
 * @param valuesOf all values of a header, by its name in lower case.
 */
export function sessionOf(
  rule: SessionRule,
  valuesOf: (name: string) => Iterable<string>,
  newKey: () => string = randomKey,
): ClientSession | undefined {
  if (rule.by === "header") {
    const [value] = valuesOf(rule.name);
    if (value === undefined || value === "") return undefined;
    return { key: value.length > LONGEST_KEY ? hashed(value) : value };
  }
  const { mark, name, cookie = USUAL } = rule;
  const found = sessionIn(valuesOf("cookie"), name);
  if (OWN_KEY.test(found.key) && found.mark === mark) return { key: found.key };
  const key = newKey();
  const value = mark === undefined ? key : `${key}|${mark}`;
  return { key, setCookie: `${name}=${value}${attributesOf(cookie)}` };
}

/** The parts of a client's cookie: the session's key, and the id of the backend that it belongs to. */
export function sessionIn(
  cookies: Iterable<string>,
  name: string,
): { readonly key: string; readonly mark: string | undefined } {
  const [key = "", mark] = cookieValue(cookies, name)?.split("|") ?? [];
  return { key, mark };
}

const USUAL: CookieAttributes = {
  path: "/",
  domain: undefined,
  maxAge: undefined,
  expires: undefined,
  sameSite: "Lax",
  isSecure: false,
};

function attributesOf(cookie: CookieAttributes): string {
  const { path, domain, maxAge, expires, sameSite, isSecure } = cookie;
  const until = expires && new Date(Date.now() + expires * 1000).toUTCString();
  return [
    until && `; Expires=${until}`,
    maxAge !== undefined && `; Max-Age=${maxAge}`,
    domain !== undefined && `; Domain=${domain}`,
    `; Path=${path}`,
    isSecure && "; Secure",
    "; HttpOnly",
    sameSite !== undefined && `; SameSite=${sameSite}`,
  ]
    .filter(Boolean)
    .join("");
}

function randomKey(): string {
  return randomBytes(16).toString("base64url");
}

function hashed(value: string): string {
  return createHash("sha256").update(value).digest("base64url");
}
