import { quote } from "../network/script-text.ts";

/** A command as one types it in a shell: words are in quotes where they have to be. */
export function asTyped(command: readonly string[]): string {
  return command.map(wordAsTyped).join(" ");
}

/** A tilde in front would be somebody's home. */
export function wordAsTyped(word: string): string {
  return /^[\w@%+=:,./-][\w@%+=:,./~-]*$/.test(word) ? word : quote(word);
}
