import { utf8Length } from "./byte-order.ts";
import { MAX_DNS_SUBDOMAIN, subdomainPattern } from "./dns-name.ts";
import { excerpt, type LabelProblem, quoteCharacter } from "./problem.ts";

// The grammar's `Name` rule as one regular expression, so that validating a label needs no parse;
// a test holds the two together.
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const BAD_CHARACTER = /[^-A-Za-z0-9_.]/;
const ALNUM = /[A-Za-z0-9]/;

/** Longest name part of a label key and longest label value, in bytes. */
export const MAX_NAME = 63;

/**
 * Checks a label key, `name` or `prefix/name` (S.4): the name at most 63 bytes of
 * `A-Z a-z 0-9 - _ .` with a letter or digit at both ends, the prefix a DNS-1123 subdomain of at
 * most 253 bytes. Empty when valid. Linear time.
 */
export function validateLabelKey(key: string): LabelProblem[] {
  if (key.length <= MAX_NAME && NAME.test(key)) return [];
  const slash = key.indexOf("/");
  const second = slash < 0 ? -1 : key.indexOf("/", slash + 1);
  if (second >= 0) {
    const message = `${excerpt(key)} has more than one "/"; a label key is "name" or "prefix/name"`;
    return [{ part: "key", rule: "key-too-many-slashes", offset: second, message }];
  }
  const prefixProblems = slash < 0 ? [] : validatePrefix(key.slice(0, slash));
  return [...prefixProblems, ...validateName(key.slice(slash + 1), "name", slash + 1)];
}

/**
 * Checks a label value (S.4): empty, or at most 63 bytes of `A-Z a-z 0-9 - _ .` with a letter or
 * digit at both ends. Empty list when valid. Linear time.
 */
export function validateLabelValue(value: string): LabelProblem[] {
  if (value === "" || (value.length <= MAX_NAME && NAME.test(value))) return [];
  return validateName(value, "value", 0);
}

function validatePrefix(prefix: string): LabelProblem[] {
  if (prefix === "") {
    const message = `the prefix before "/" is empty; leave the "/" out or write a DNS name before it`;
    return [{ part: "prefix", rule: "prefix-empty", offset: 0, message }];
  }
  const problems: LabelProblem[] = [];
  const length = utf8Length(prefix);
  if (length > MAX_DNS_SUBDOMAIN) {
    const message = `the prefix has ${length} bytes, at most ${MAX_DNS_SUBDOMAIN} fit`;
    problems.push({ part: "prefix", rule: "prefix-too-long", offset: MAX_DNS_SUBDOMAIN, message });
  }
  const pattern = subdomainPattern(prefix);
  if (pattern) {
    const rule = pattern.rule === "dns-bad-character" ? "prefix-bad-character" : "prefix-bad-edge";
    problems.push({ ...pattern, part: "prefix", rule, message: `the prefix ${pattern.message}` });
  }
  return problems;
}

function validateName(text: string, part: "name" | "value", start: number): LabelProblem[] {
  if (text === "") {
    const message = start > 0 ? 'the name after "/" is empty' : "a label key must not be empty";
    return [{ part, rule: "name-empty", offset: start, message }];
  }
  const problems: LabelProblem[] = [];
  const length = utf8Length(text);
  if (length > MAX_NAME) {
    const message = `the ${part} has ${length} bytes, at most ${MAX_NAME} fit`;
    problems.push({ part, rule: `${part}-too-long`, offset: start + MAX_NAME, message });
  }
  const bad = text.search(BAD_CHARACTER);
  if (bad >= 0) {
    const what = `the ${part} ${excerpt(text)} has ${quoteCharacter(text, bad)}`;
    const message = `${what}; only letters, digits, "-", "_" and "." are allowed`;
    problems.push({ part, rule: `${part}-bad-character`, offset: start + bad, message });
  } else if (!NAME.test(text)) {
    const atStart = !ALNUM.test(text[0]!);
    const offset = start + (atStart ? 0 : text.length - 1);
    const verb = atStart ? "start" : "end";
    const message = `the ${part} ${excerpt(text)} must ${verb} with a letter or digit`;
    problems.push({ part, rule: `${part}-bad-edge`, offset, message });
  }
  return problems;
}
