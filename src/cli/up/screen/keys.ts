import { emitKeypressEvents, type Key } from "node:readline";

/** A key: its name where it has one (`up`, `return`, `escape`), what it types otherwise. */
export type PressedKey =
  | { readonly name: NamedKey; readonly text?: undefined }
  | { readonly name?: undefined; readonly text: string };

const NAMED = [
  ...(["up", "down", "pageup", "pagedown", "home", "end"] as const),
  ...(["return", "escape", "tab", "backspace"] as const),
];
type NamedKey = (typeof NAMED)[number] | "interrupt";

/** Keys as they are pressed, where standard input is a terminal. @returns gives it back; undefined: there are none. */
export function listenToKeys(
  stdin: NodeJS.ReadableStream,
  onKey: (key: PressedKey) => void,
): (() => void) | undefined {
  const terminal = stdin as Partial<NodeJS.ReadStream> & NodeJS.ReadableStream;
  if (terminal.isTTY !== true || terminal.setRawMode === undefined) return undefined;
  const listener = (text: string | undefined, key: Key) => {
    const pressed = pressedKey(text, key);
    if (pressed !== undefined) onKey(pressed);
  };
  emitKeypressEvents(terminal);
  terminal.setRawMode(true);
  terminal.on("keypress", listener);
  terminal.resume();
  return () => {
    terminal.off("keypress", listener);
    terminal.setRawMode?.(false);
    terminal.pause();
  };
}

function pressedKey(text: string | undefined, key: Key): PressedKey | undefined {
  if (key.ctrl && key.name === "c") return { name: "interrupt" };
  if (key.name === "enter") return { name: "return" };
  const name = NAMED.find((each) => each === key.name);
  if (name !== undefined) return { name };
  // What has no name and is more than a character is a sequence that no key here stands for.
  return text !== undefined && !key.meta && /^[^\0-\x1f\x7f-\x9f]+$/u.test(text)
    ? { text }
    : undefined;
}
