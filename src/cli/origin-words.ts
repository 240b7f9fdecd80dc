import type { ObjectOrigin } from "../control/origins.ts";
import type { SourcePosition } from "../diagnostics/diagnostic.ts";
import { formatPosition } from "../diagnostics/format.ts";
import { describeKey } from "../objects/object-key.ts";

/** Objects that a note lists; further ones are only counted. */
const NAMED = 3;

/** Where an object comes from that differs from its file. */
export function originLine(origin: ObjectOrigin): string {
  if (origin.from === "api") {
    return `made through the API; ${origin.isKept ? "kept in the folder of --state" : "gone when up ends"}`;
  }
  const { how, by, at, position } = origin;
  const who = by === undefined ? "" : ` by ${by}`;
  return `${formatPosition(position)}, ${how} through the API${who} at ${at} ${until(position)}`;
}

/** A note about listed objects that differ from their files; empty when none does. */
export function overriddenNote(origins: readonly ObjectOrigin[]): string {
  return origins
    .filter((origin) => origin.from === "file")
    .slice(0, NAMED)
    .map(
      (origin) =>
        `note: ${describeKey(origin.key)} was ${origin.how} through the API, ${until(origin.position)}\n`,
    )
    .concat(more(origins.filter(({ from }) => from === "file").length - NAMED))
    .join("");
}

function more(count: number): string[] {
  return count > 0 ? [`note: so were ${count} more\n`] : [];
}

function until({ file }: SourcePosition): string {
  return `until ${file} changes`;
}
