import { utf8Length } from "./byte-order.ts";
import { excerpt, type LabelProblem, type LabelRule, quoteCharacter } from "./problem.ts";

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const BAD_CHARACTER = /[^-a-z0-9]/;
const BAD_SUBDOMAIN_CHARACTER = /[^-a-z0-9.]/;

/** Longest DNS label, in bytes. */
export const MAX_DNS_LABEL = 63;
/** Longest DNS subdomain, in bytes. */
export const MAX_DNS_SUBDOMAIN = 253;

/**
 * Checks a DNS-1123 label (Namespace and most port names): at most 63 bytes of `a-z 0-9 -`,
 * beginning and ending with a letter or digit (S.4). Empty when valid.
 */
export function validateDns1123Label(text: string): LabelProblem[] {
  return validateDnsLabel(text, "letter or digit", LABEL);
}

/**
 * Checks a DNS-1035 label (Service names): a DNS-1123 label whose first character is a letter
 * (S.4). Empty when valid.
 */
export function validateDns1035Label(text: string): LabelProblem[] {
  return validateDnsLabel(text, "letter", /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/);
}

/**
 * Checks a DNS-1123 subdomain (most object names): at most 253 bytes, DNS labels joined with dots.
 * The labels inside have no limit of their own (S.4). Empty when valid.
 */
export function validateDns1123Subdomain(text: string): LabelProblem[] {
  const problems: LabelProblem[] = [];
  if (utf8Length(text) > MAX_DNS_SUBDOMAIN) problems.push(tooLong(text, MAX_DNS_SUBDOMAIN));
  const problem = text === "" ? empty() : subdomainPattern(text);
  if (problem) problems.push(problem);
  return problems;
}

/** The first pattern rule of a DNS-1123 subdomain that `text` breaks, if any; linear time. */
export function subdomainPattern(text: string): LabelProblem | undefined {
  const bad = text.search(BAD_SUBDOMAIN_CHARACTER);
  if (bad >= 0) return badCharacter(text, bad, "lower-case letters, digits, '-' and '.'");
  let start = 0;
  for (const label of text.split(".")) {
    if (!LABEL.test(label)) {
      const atEnd = label !== "" && !label.startsWith("-");
      return badEdge(text, atEnd ? start + label.length - 1 : start, "letter or digit");
    }
    start += label.length + 1;
  }
  return undefined;
}

function validateDnsLabel(text: string, first: string, pattern: RegExp): LabelProblem[] {
  const problems: LabelProblem[] = [];
  if (utf8Length(text) > MAX_DNS_LABEL) problems.push(tooLong(text, MAX_DNS_LABEL));
  if (pattern.test(text)) return problems;
  const dot = text.indexOf(".");
  if (text === "") problems.push(empty());
  else if (dot >= 0 && !subdomainPattern(text)) problems.push(hasDots(text, dot));
  else problems.push(labelPattern(text, first));
  return problems;
}

function labelPattern(text: string, first: string): LabelProblem {
  const bad = text.search(BAD_CHARACTER);
  if (bad >= 0) return badCharacter(text, bad, "lower-case letters, digits and '-'");
  const badStart = first === "letter" ? !/^[a-z]/.test(text) : text.startsWith("-");
  return badEdge(text, badStart ? 0 : text.length - 1, badStart ? first : "letter or digit");
}

function problem(rule: LabelRule, offset: number, message: string): LabelProblem {
  return { part: "dns", rule, offset, message };
}

function empty(): LabelProblem {
  return problem("dns-empty", 0, "a DNS name must not be empty");
}

function tooLong(text: string, limit: number): LabelProblem {
  const length = utf8Length(text);
  return problem(
    "dns-too-long",
    limit,
    `${excerpt(text)} has ${length} bytes, at most ${limit} fit`,
  );
}

function hasDots(text: string, offset: number): LabelProblem {
  return problem("dns-has-dots", offset, `${excerpt(text)} must not contain dots`);
}

function badCharacter(text: string, offset: number, allowed: string): LabelProblem {
  const message = `${excerpt(text)} has ${quoteCharacter(text, offset)}; only ${allowed} are allowed`;
  return problem("dns-bad-character", offset, message);
}

function badEdge(text: string, offset: number, edge: string): LabelProblem {
  const start = offset === 0 || text[offset - 1] === ".";
  const message = `${excerpt(text)} must ${start ? "start" : "end"} each part with a ${edge}`;
  return problem("dns-bad-edge", offset, message);
}
