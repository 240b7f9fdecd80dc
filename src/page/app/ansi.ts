/** Characters with the same style. */
export interface Span {
  readonly text: string;
  /** Names of classes: `fg1 bold`. */
  readonly look: string;
}

interface Look {
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  /** 0 to 15. */
  front: number | undefined;
  back: number | undefined;
}

// An escape sequence; only "select graphic rendition" changes the style. Or a lone escape character.
const ESCAPE = /\x1b\[([\d;:]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]?/g;

/** A line with the colours that a program gave it (ECMA-48 SGR), as spans. */
export function spansOf(line: string): Span[] {
  if (!line.includes("\x1b")) return [{ text: line, look: "" }];
  const spans: Span[] = [];
  const look: Look = plain();
  let from = 0;
  const add = (to: number) => {
    if (to > from) spans.push({ text: line.slice(from, to), look: classesOf(look) });
  };
  for (const match of line.matchAll(ESCAPE)) {
    add(match.index);
    from = match.index + match[0].length;
    if (match[2] === "m") change(look, (match[1] ?? "").split(/[;:]/).map(Number));
  }
  add(line.length);
  return spans;
}

export function withoutColours(line: string): string {
  return line.includes("\x1b") ? line.replace(ESCAPE, "") : line;
}

function plain(): Look {
  return {
    bold: false,
    faint: false,
    italic: false,
    underline: false,
    front: undefined,
    back: undefined,
  };
}

function change(look: Look, codes: number[]): void {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 0) Object.assign(look, plain());
    else if (code === 1) look.bold = true;
    else if (code === 2) look.faint = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 22) look.bold = look.faint = false;
    else if (code === 23) look.italic = false;
    else if (code === 24) look.underline = false;
    else if (code >= 30 && code <= 37) look.front = code - 30;
    else if (code === 39) look.front = undefined;
    else if (code >= 40 && code <= 47) look.back = code - 40;
    else if (code === 49) look.back = undefined;
    else if (code >= 90 && code <= 97) look.front = code - 82;
    else if (code >= 100 && code <= 107) look.back = code - 92;
    else if (code === 38 || code === 48) {
      // Of 256 colours the first 16 have names; the others, and true colours, are left plain.
      const isNamed = codes[i + 1] === 5 && (codes[i + 2] ?? 16) < 16;
      look[code === 38 ? "front" : "back"] = isNamed ? codes[i + 2] : undefined;
      i += codes[i + 1] === 5 ? 2 : 4;
    }
  }
}

function classesOf({ bold, faint, italic, underline, front, back }: Look): string {
  return [
    bold && "bold",
    faint && "faint",
    italic && "italic",
    underline && "underline",
    front !== undefined && `fg${front}`,
    back !== undefined && `bg${back}`,
  ]
    .filter(Boolean)
    .join(" ");
}
