import { isIP } from "node:net";
import { nearestName } from "../diagnostics/nearest-name.ts";
import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
} from "../labels/dns-name.ts";
import { validateLabelKey, validateLabelValue } from "../labels/label-name.ts";
import type { LabelProblem } from "../labels/problem.ts";
import { canonicalAddress } from "../net/address.ts";
import { Cidr } from "../net/cidr.ts";
import { quote } from "./json.ts";
import type { StringMap } from "./object.ts";
import type { Place } from "./place.ts";
import { isPortNumber, portNameProblem } from "./port-name.ts";
import { parseQuantity } from "./quantity.ts";
import type { ReportDetails } from "./rule.ts";

/** Reports what is wrong with the value at a place. */
export type Check<T> = (value: T, place: Place) => void;

/** Both of two checks. */
export function all<T>(...checks: readonly Check<T>[]): Check<T> {
  return (value, place) => {
    for (const check of checks) check(value, place);
  };
}

/** A check of each item of a list. */
export function each<T>(check: Check<T>): Check<readonly T[]> {
  return (list, place) => {
    for (const [i, item] of list.entries()) check(item, place.at(i));
  };
}

/** A check whose findings have a rule id of their own. */
export function ruled<T>(rule: string, check: Check<T>): Check<T> {
  return (value, place) => check(value, place.as({ rule }));
}

/** A check that is skipped for empty texts. */
export function unlessEmpty(check: Check<string>): Check<string> {
  return (text, place) => {
    if (text !== "") check(text, place);
  };
}

function from(validate: (text: string) => readonly LabelProblem[]): Check<string> {
  return (text, place) => {
    for (const { message } of validate(text)) place.invalid(message);
  };
}

export const dnsLabel: Check<string> = from(validateDns1123Label);
export const dns1035Label: Check<string> = from(validateDns1035Label);
export const dnsSubdomain: Check<string> = from(validateDns1123Subdomain);
export const labelKey: Check<string> = from(validateLabelKey);
export const labelValue: Check<string> = (text, place) => {
  for (const { message } of validateLabelValue(text)) {
    const bare = text.replace(/[\s,]+$/, "");
    const comma = text.endsWith(",") && validateLabelValue(bare).length === 0;
    place.invalid(message, comma ? withoutComma(bare) : { hint: labelValueHint(text) });
  }
};

/** A map of labels that is a selector. */
export const labelMap: Check<StringMap> = (map, place) => {
  for (const [key, value] of Object.entries(map)) {
    const here = place.at(key).as({ rule: "selector-invalid" });
    labelKey(key, here.as({ at: "key" }));
    labelValue(value, here);
  }
};

/** The advice for a label value that is valid without its final comma. */
function withoutComma(bare: string): ReportDetails {
  return {
    hint: `the comma is part of the value here; write ${bare} without it, one label a line`,
    edit: { to: bare },
  };
}

/** The advice for any other invalid label value. */
function labelValueHint(value: string): string | undefined {
  const suggestion = value
    .slice(0, 63)
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  return suggestion === "" ? undefined : `${suggestion} would be valid; annotations take any text`;
}

/** At least `min`, at most `max`. */
export function range(min: number, max: number = Number.POSITIVE_INFINITY): Check<number> {
  return (value, place) => {
    if (value >= min && value <= max) return;
    const bounds = max === Number.POSITIVE_INFINITY ? `at least ${min}` : `from ${min} to ${max}`;
    place.invalid(`${value} is out of range, it must be ${bounds}`);
  };
}

export const nonNegative: Check<number> = range(0);
export const positive: Check<number> = range(1);

export const portNumber: Check<number> = (port, place) => {
  if (!isPortNumber(port)) place.invalid(`${port} is no port; ports go from 1 to 65535`);
};

/** A port's number, or the name of a container's port. */
export const port: Check<number | string> = (value, place) => {
  if (typeof value === "number") portNumber(value, place);
  else portName(value, place);
};

export const portName: Check<string> = (name, place) => {
  const problem = portNameProblem(name);
  if (problem !== undefined) place.invalid(problem);
};

export function words(...allowed: readonly string[]): Check<string> {
  return (word, place) => {
    if (allowed.includes(word)) return;
    place.invalid(`${quote(word)} is none of ${allowed.join(", ")}`, nearWord(word, allowed));
  };
}

function nearWord(word: string, allowed: readonly string[]): ReportDetails {
  const same = allowed.filter((each) => each.toLowerCase() === word.toLowerCase());
  if (same.length === 1) return { hint: `write ${same[0]}`, edit: { to: same[0]! } };
  const near = nearestName(word, allowed);
  return near === undefined ? {} : { hint: `did you mean ${near}?` };
}

/**
 * An address or a range as the server parses it. Older releases accepted leading zeros in IPv4 numbers, and IPv4
 * addresses in IPv6 notation.
 */
export function asAddress(text: string, place: Place): string {
  if (!place.isBefore("1.36")) return text;
  return text.replace(/^::ffff:(?=[\d.]+(?:$|\/))/i, "").replace(/(?<![\da-f:])0+(?=\d)/gi, "");
}

/** An address as API servers require it: unambiguous, though not necessarily canonical. */
export const address: Check<string> = (written, place) => {
  const text = asAddress(written, place);
  const isMapped = /^::ffff:/i.test(text);
  if (isIP(text) === 0 || isMapped || text.includes("%")) {
    const hint = isMapped ? "write the IPv4 address" : undefined;
    place.invalid(`${quote(text)} is no IP address`, { hint });
  }
};

/** A range of addresses without bits set beyond its prefix. */
export const addressRange: Check<string> = (written, place) => {
  const text = asAddress(written, place);
  // For an IPv4 address in IPv6 notation, the prefix length counts the 96 bits before it.
  if (text !== written && isIP(text.split("/")[0]!) !== 0) return;
  const range = readRange(text);
  if (range === undefined || /^::ffff:/i.test(text)) {
    place.invalid(`${quote(text)} is no address range such as 10.0.0.0/8`);
  } else if (
    !place.isBefore("1.36") &&
    canonicalAddress(text.split("/")[0]!) !== canonicalAddress(range.split("/")[0]!)
  ) {
    place.invalid(`${quote(text)} has bits set behind its prefix`, { hint: `write ${range}` });
  }
};

/** The range that a text means; undefined when it is none. */
export function cidrOf(text: string): Cidr | undefined {
  return readRange(text) === undefined ? undefined : new Cidr(text);
}

/** The range in its canonical spelling; undefined when the text is not a range. */
export function readRange(text: string): string | undefined {
  const [head = "", length = ""] = text.split("/");
  if (isIP(head) === 0 || head.includes("%") || !/^(?:0|[1-9][0-9]*)$/.test(length))
    return undefined;
  try {
    return String(new Cidr(text));
  } catch {
    return undefined;
  }
}

export const noBacksteps: Check<string> = (path, place) => {
  if (path.split("/").includes(".."))
    place.invalid(`${quote(path)} must not lead upwards with ".."`);
};

/** A relative path below a volume or folder. */
export const innerPath: Check<string> = (path, place) => {
  if (path.startsWith("/")) place.invalid(`${quote(path)} has to be relative`);
  noBacksteps(path, place);
};

/** A key of a ConfigMap or a Secret. */
export const dataKey: Check<string> = (key, place) => {
  const problem = dataKeyProblem(key);
  if (problem !== undefined) place.invalid(problem);
};

export function dataKeyProblem(key: string): string | undefined {
  if (key.length > 253) return "a key has at most 253 characters";
  if (!/^[-._a-zA-Z0-9]+$/.test(key))
    return `${quote(key)} is no key: letters, digits, "-", "_" and "."`;
  return key === "." || key.startsWith("..")
    ? `${quote(key)} would lead out of a volume`
    : undefined;
}

/** The name of a variable; also the prefix of several. */
export const variableName: Check<string> = (name, place) => {
  if (!/^[ -<>-~]+$/.test(name)) {
    place.invalid(`${quote(name)} is no name for a variable: printable ASCII without "="`, {
      rule: "env-name",
    });
  }
};

export const fileMode: Check<number> = range(0, 0o777);

/** An amount that is not negative. */
export const amount: Check<string> = (text, place) => {
  if ((parseQuantity(text) ?? 0n) < 0n) place.invalid(`${quote(text)} is negative`);
};

/** A count, or a percentage of what there is: `1`, `"25%"`. */
export const countOrPercent: Check<number | string> = (value, place) => {
  const fine = typeof value === "number" ? value >= 0 : /^[0-9]+%$/.test(value);
  if (!fine) {
    place.invalid(`${quote(String(value))} is neither a count nor a percentage`, {
      hint: 'write 1 or "25%"',
    });
  }
};

/** At most all of them. */
export const atMostAll: Check<number | string> = (value, place) => {
  if (typeof value === "string" && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100) {
    place.invalid(`${value} of the pods is more than there are`);
  }
};

/** Reports each item that equals an earlier one. */
export function distinct<T>(
  list: readonly T[],
  keyOf: (item: T) => string | undefined,
  tell: (i: number, key: string, first: number) => void,
): void {
  const seen = new Map<string, number>();
  for (const [i, item] of list.entries()) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, i);
    else tell(i, key, first);
  }
}
