import { quote } from "../network/script-text.ts";

/** A command as a user would type it in a shell, with quotes where they are needed. */
export function asTyped(command: readonly string[]): string {
  return command.map(wordAsTyped).join(" ");
}

/** A leading tilde would be expanded to a home folder. */
export function wordAsTyped(word: string): string {
  return /^[\w@%+=:,./-][\w@%+=:,./~-]*$/.test(word) ? word : quote(word);
}
