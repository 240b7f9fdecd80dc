import { WORDS } from "./dictionary.ts";
import { language } from "./settings.ts";

export type Word = keyof typeof WORDS;

/**
 * The word in the current language. A component that calls this is drawn again when the language changes.
 * @param n the number that stands in it
 */
export function t(word: Word, n?: number): string {
  const text = WORDS[word][language.value === "ko" ? 1 : 0];
  return n === undefined ? text : text.replace("{n}", String(n));
}

/** What the gateway has a word for, in the current language; as it says it where there is no other. */
export function told(word: string): string {
  return word in WORDS ? t(word as Word) : word;
}

/** @param one the word where there is one, for languages that have another. */
export function counted(n: number, one: Word, many: Word): string {
  return t(n === 1 ? one : many, n);
}
