import { excerpt } from "./problem.ts";
import { misspelling } from "./spelling.ts";
import { tokenAt } from "./syntax-error.ts";

/** Where in a selector's text something is wrong. */
interface Fault {
  /** The token at fault, empty at the end. */
  readonly found: string;
  /** The token before it, empty at the start. */
  readonly before: string;
  /** The token before that. */
  readonly earlier: string;
  /** The token behind the one at fault. */
  readonly after: string;
  readonly expected: readonly string[];
}

const WORDS: Readonly<Record<string, string>> = {
  exists: "to ask whether a label exists, write its key alone",
  doesnotexist: 'to ask that a label does not exist, write "!" before its key',
  gt: '"greater than" is written ">"',
  lt: '"less than" is written "<"',
  eq: '"equals" is written "="',
  ne: '"not equal" is written "!="',
  not: '"not in" is one word: "notin"',
};

const JOINS: Readonly<Record<string, string>> = {
  and: 'requirements are joined with ","',
  or: 'there is no "or" between requirements; for one key write "key in (a,b)"',
};

const CHARACTERS: readonly (readonly [RegExp, string])[] = [
  [/["'`]/, "quotes are not needed"],
  [/:/, '":" is not an operator; write "="'],
  [/[&;]/, JOINS["and"]!],
  [/\|/, JOINS["or"]!],
  [/[[\]{}]/, 'values of "in" and "notin" stand in round parentheses: (a,b)'],
  [/[*?]/, "there are no wildcards; a key alone asks whether the label exists"],
  [/~/, "there are no regular expressions"],
];

/** Pairs of tokens that other languages have: the pair, and what to write. */
const PAIRS: Readonly<Record<string, string>> = {
  "= !": 'did you mean "!="?',
  "= !=": 'did you mean "!="?',
  "!= =": '"not equal" is written "!="',
  "== =": '"equals" is written "="',
  "= ==": '"equals" is written "="',
  "> =": 'there is no ">="; ">4" is the same as "at least 5"',
  "< =": 'there is no "<="; "<6" is the same as "at most 5"',
  "= >": 'there is no "=>"; write ">"',
  "= <": 'there is no "=<"; write "<"',
  "< >": '"not equal" is written "!="',
  "= (": 'for several values write "key in (a,b)"',
  "== (": 'for several values write "key in (a,b)"',
  "!= (": 'for several values write "key notin (a,b)"',
  "! !": 'one "!" is enough',
  "! =": '"not equal" is written "!=", without a blank',
};

/** What would put a mistake right, when it is one that people make; otherwise `undefined`. */
export function hintFor(text: string, offset: number, expected: readonly string[]) {
  const found = tokenAt(text, offset);
  const [earlier, before] = tokensBefore(text, offset);
  const after = tokenAt(text, skipBlanks(text, offset + found.length));
  return hint({ found, before, earlier, after, expected });
}

function hint({ found, before, earlier, after, expected }: Fault): string | undefined {
  const operator = expected.includes("in");
  const word = found.toLowerCase();
  if (found === "\0") return "remove the NUL character";
  const pair = PAIRS[`${before} ${found}`];
  if (pair !== undefined) return pair;
  if (earlier === "!" && !operator && /^[=!<>(]/.test(found)) {
    return `"!${before}" is complete; for "not equal" write "${before}!=value"`;
  }
  if (found === "!" && operator && after === "=") return PAIRS["! ="];
  if (Object.hasOwn(JOINS, word) && (operator || expected.includes(","))) return JOINS[word];
  if (operator && /^[A-Za-z]/.test(found)) {
    if (word === "in" || word === "notin") return `"${found}" is spelled "${word}" in text`;
    if (Object.hasOwn(WORDS, word)) return WORDS[word];
    for (const wanted of ["in", "notin"]) {
      if (misspelling(word, wanted) !== undefined) return `did you mean "${wanted}"?`;
    }
  }
  for (const [character, advice] of CHARACTERS) if (character.test(found)) return advice;
  if (found === "(" && operator) return `write "in" or "notin" before the parenthesis`;
  if (expected.includes("(") && found !== "")
    return `write ${before} (${excerpt(found).slice(1, -1)})`;
  if (expected.includes(")")) {
    return found === "" ? 'a ")" is missing' : "put a comma between two values";
  }
  if (found === "," || (found === "" && before === ",")) return "remove the comma";
  if (found === "=" && expected.includes("key")) return "a key comes first: key=value";
  if (operator && after === "") return "blanks cannot stand inside a key";
  if (expected.includes(",") && /^[A-Za-z0-9]/.test(found)) {
    return "values cannot contain blanks; put a comma between two requirements";
  }
  return undefined;
}

function tokensBefore(text: string, offset: number): [earlier: string, before: string] {
  let earlier = "";
  let before = "";
  for (let at = skipBlanks(text, 0); at < offset; ) {
    earlier = before;
    before = tokenAt(text, at);
    at = skipBlanks(text, at + before.length);
  }
  return [earlier, before];
}

function skipBlanks(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return at;
}
