import stringWidth from "string-width";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Text that takes one column a character, which needs no closer look. */
const NARROW = /^[\x20-\x7e]*$/;

/** How many columns of a terminal a text takes: Korean takes two a character, colours take none. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** A line of plain text, cut where it would take more columns. */
export function cut(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : `${pieces(text, columns - 1)[0] ?? ""}…`;
}

/** A line of plain text in as many rows as it takes: at least one. */
export function wrap(text: string, columns: number): string[] {
  return widthOf(text) <= columns ? [text] : pieces(text, columns);
}

function pieces(text: string, columns: number): string[] {
  const found: string[] = [];
  let piece = "";
  let taken = 0;
  for (const { segment } of segmenter.segment(text)) {
    const more = widthOf(segment);
    if (taken + more > columns && piece !== "") {
      found.push(piece);
      piece = "";
      taken = 0;
    }
    piece += segment;
    taken += more;
  }
  return [...found, piece];
}
