import { WORDS } from "./dictionary.ts";
import { language } from "./settings.ts";

export type Word = keyof typeof WORDS;

/**
 * The text in the current language. A component that calls this is rendered again when the language changes.
 * @param n the number in the text
 */
export function t(word: Word, n?: number): string {
  const text = WORDS[word][language.value === "ko" ? 1 : 0];
  return n === undefined ? text : text.replace("{n}", String(n));
}

/** The translation of a text from the gateway; the text itself where there is none. */
export function told(word: string): string {
  return word in WORDS ? t(word as Word) : word;
}

/** @param one the singular form, for languages that have one. */
export function counted(n: number, one: Word, many: Word): string {
  return t(n === 1 ? one : many, n);
}
