import { createHash, randomBytes } from "node:crypto";
import type { Service } from "../objects/service.ts";
import { trimBlanks } from "./blanks.ts";

/**
 * What tells the gateway's clients apart, in place of their address: `cookie` (one that the gateway sets),
 * `cookie=NAME` (the same under another name) or `header=NAME`.
 */
export const SESSION_AFFINITY_ANNOTATION = "kubelane.dev/session-affinity";

const COOKIE_NAME = "kubelane-session";
const RULE = /^(cookie|header)(?:=([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}))?$/;
/** Our own keys are 22 characters; whoever sends longer ones is not given room for them. */
const OWN_KEY = /^[\w-]{8,64}$/;
/** Longer keys, such as bearer tokens, are remembered by their hash. */
const LONGEST_KEY = 64;

export interface SessionRule {
  readonly by: "cookie" | "header";
  /** A header's in lower case. */
  readonly name: string;
}

export interface Session {
  readonly key: string;
  /** The Set-Cookie value that gives the client its key; absent when it has one. */
  readonly setCookie?: string;
}

/** What the Service's annotation asks for; undefined when it asks for nothing (or for something we don't know). */
export function sessionRule(service: Service): SessionRule | undefined {
  const { annotations } = service.metadata;
  if (annotations === undefined || !Object.hasOwn(annotations, SESSION_AFFINITY_ANNOTATION)) {
    return undefined;
  }
  const [, by, name] = RULE.exec(annotations[SESSION_AFFINITY_ANNOTATION] ?? "") ?? [];
  if (by === "cookie") return { by, name: name ?? COOKIE_NAME };
  if (by === "header" && name !== undefined) return { by, name: name.toLowerCase() };
  return undefined;
}

/**
 * The session a request belongs to; undefined when it has none: the header isn't there.
 * @param valuesOf all values of a header, by its name in lower case.
 */
export function sessionOf(
  rule: SessionRule,
  valuesOf: (name: string) => Iterable<string>,
  newKey: () => string = randomKey,
): Session | undefined {
  if (rule.by === "header") {
    const [value] = valuesOf(rule.name);
    if (value === undefined || value === "") return undefined;
    return { key: value.length > LONGEST_KEY ? hashed(value) : value };
  }
  const found = cookie(valuesOf("cookie"), rule.name);
  if (found !== undefined && OWN_KEY.test(found)) return { key: found };
  const key = newKey();
  return { key, setCookie: `${rule.name}=${key}; Path=/; HttpOnly; SameSite=Lax` };
}

function cookie(headers: Iterable<string>, name: string): string | undefined {
  for (const header of headers) {
    for (const pair of header.split(";")) {
      const equals = pair.indexOf("=");
      if (equals > 0 && trimBlanks(pair, 0, equals) === name) return trimBlanks(pair, equals + 1);
    }
  }
  return undefined;
}

function randomKey(): string {
  return randomBytes(16).toString("base64url");
}

function hashed(value: string): string {
  return createHash("sha256").update(value).digest("base64url");
}
