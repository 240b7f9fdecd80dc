import type { LabelEdit, Miss } from "../labels/nearest.ts";

/** What would make a label set match, in words: `app is wbe, mistyped for web?`. */
export function formatMiss({ edits, misspellings }: Pick<Miss<unknown>, "edits" | "misspellings">) {
  const parts = edits.map((edit) => {
    const typo = misspellings.find(({ key, part, wanted }) =>
      part === "value" ? key === edit.key : wanted === edit.key,
    );
    if (typo === undefined) return formatEdit(edit);
    return typo.part === "value"
      ? `${edit.key} is ${typo.found}, mistyped for ${typo.wanted}?`
      : `its label ${typo.found} is mistyped for ${typo.wanted}?`;
  });
  return parts.join("; ");
}

function formatEdit({ key, from, to }: LabelEdit): string {
  if (to === undefined) return `${key} is ${from} and must be absent`;
  return from === undefined ? `it has no ${key}=${to}` : `${key} is ${from}, not ${to}`;
}
