import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { Surroundings } from "./look-around.ts";

/** Overlays that are for a developer, by their names, the likeliest first. */
const DEVELOPERS = ["local", "dev", "development", "base"];

/** What is to be served, and what could be instead. */
export interface ManifestChoice {
  readonly chosen: readonly ManifestInput[];
  readonly others: readonly ManifestInput[];
}

/** The manifests of a project that a developer means most likely: a rendering rather than its parts. */
export function chooseManifests({
  kustomizations,
  charts,
  manifests,
}: Surroundings): ManifestChoice {
  const overlays = kustomizations
    .map((folder) => ({ folder, rank: rankOf(folder) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ folder }): ManifestInput => ({ kustomize: folder }));
  const rendered = [
    ...overlays,
    ...charts.map((folder): ManifestInput => ({ helm: `./${folder}` })),
  ];
  const plain = manifests.filter((folder) => !isBelow(folder, [...manifests, ...kustomizations]));
  const [first, ...rest] = rendered;
  if (first === undefined) return { chosen: plain, others: [] };
  return { chosen: [first], others: [...rest, ...plain] };
}

function rankOf(folder: string): number {
  const name = folder.split(/[\\/]/).at(-1) ?? "";
  const rank = DEVELOPERS.indexOf(name);
  return rank < 0 ? DEVELOPERS.length : rank;
}

function isBelow(folder: string, others: readonly string[]): boolean {
  return others.some(
    (other) => other !== folder && (other === "." || folder.startsWith(`${other}/`)),
  );
}
