import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { formatPosition } from "../../diagnostics/format.ts";

/** Findings that are shown where they are not the matter. */
const SHOWN = 20;

/** The errors that stand in manifests now, as they were told last. */
export class StandingFindings {
  readonly #byFile = new Map<string, readonly Diagnostic[]>();

  /** All findings of the files that they are in. */
  add(found: readonly Diagnostic[]): void {
    const files = new Map<string, Diagnostic[]>();
    for (const each of found) {
      const { file } = each.position ?? {};
      if (file === undefined || each.severity !== "error") continue;
      const before = files.get(file);
      if (before === undefined) files.set(file, [each]);
      else before.push(each);
    }
    for (const [file, errors] of files) this.#byFile.set(file, errors);
  }

  /** Files without any finding. */
  mended(files: readonly string[]): void {
    for (const file of files) this.#byFile.delete(file);
  }

  /** A sentence for each, and the number of the rest. */
  list(): string[] {
    const all = [...this.#byFile.values()].flat();
    const shown = all.slice(0, SHOWN).map(({ position, message }) => {
      return `${position === undefined ? "" : `${formatPosition(position)}: `}${message}`;
    });
    const more = all.length - shown.length;
    return more > 0 ? [...shown, `${more} more errors in manifests: kubelane check`] : shown;
  }
}
