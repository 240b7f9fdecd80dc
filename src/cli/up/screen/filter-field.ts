import type { PressedKey } from "./keys.ts";

/** What is typed after `/`: lines that do not contain it are not shown. */
export class FilterField {
  #text = "";
  #isTyping = false;

  get isTyping(): boolean {
    return this.#isTyping;
  }

  /** Whether it keeps nothing away. */
  get isEmpty(): boolean {
    return this.#text === "";
  }

  /** Whether it lets one of these texts through; capitals or not. */
  admits(...texts: readonly string[]): boolean {
    if (this.isEmpty) return true;
    const wanted = this.#text.toLowerCase();
    return texts.some((text) => text.toLowerCase().includes(wanted));
  }

  /** @returns whether the key was meant for it. */
  press(key: PressedKey): boolean {
    if (this.#isTyping) {
      this.#type(key);
      return true;
    }
    if (key.text === "/") {
      this.#isTyping = true;
      return true;
    }
    if (key.name !== "escape" || this.isEmpty) return false;
    this.#text = "";
    return true;
  }

  /** What stands in the last line while it is in use. */
  get line(): string | undefined {
    if (this.#isTyping) return `/${this.#text}_   enter keeps it, esc clears it`;
    return this.isEmpty ? undefined : `only lines with ${this.#text}   esc clears it`;
  }

  #type({ name, text }: PressedKey): void {
    if (name === "escape") this.#text = "";
    else if (name === "backspace") this.#text = [...this.#text].slice(0, -1).join("");
    else if (text !== undefined) this.#text += text;
    if (name === "escape" || name === "return") this.#isTyping = false;
  }
}
