import type { Kind } from "./kind.ts";
import type { Parts } from "./part.ts";
import { containerParts } from "./parts/container.ts";
import { metadataParts } from "./parts/metadata.ts";
import { podParts } from "./parts/pod.ts";
import { volumeParts } from "./parts/volumes.ts";
import { KIND_FILES } from "./tables/kind-files.ts";

const kinds = new Map<string, Kind>();
const parts: Record<string, Parts[string]> = {
  ...metadataParts,
  ...containerParts,
  ...podParts,
  ...volumeParts,
};

for (const file of KIND_FILES)
  for (const said of Object.values(file)) if (isKind(said)) addKind(said);

function isKind(value: unknown): value is Kind {
  return typeof value === "object" && value !== null && "groupKind" in value;
}

/** Registers a kind in addition to those in `kinds/`. */
export function addKind(kind: Kind): void {
  kinds.set(kind.groupKind, kind);
  Object.assign(parts, kind.parts);
}

/** What is said of a kind, by groupKind. */
export function kindOf(groupKind: string): Kind | undefined {
  return kinds.get(groupKind);
}

/** What is said of every definition. */
export function allParts(): Parts {
  return parts;
}
