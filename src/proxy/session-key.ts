import { createHash, randomBytes } from "node:crypto";
import type { SessionRule } from "../objects/service-annotations.ts";
import { trimBlanks } from "./blanks.ts";

/** Keys made here have 22 characters; longer ones that clients send are not stored. */
const OWN_KEY = /^[\w-]{8,64}$/;
/** Longer keys, such as bearer tokens, are remembered by their hash. */
const LONGEST_KEY = 64;

export interface Session {
  readonly key: string;
  /** The Set-Cookie value that gives the client its key; absent when it has one. */
  readonly setCookie?: string;
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
