import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { Surroundings } from "./look-around.ts";

/** Names of overlays for development, the most likely first. */
const DEVELOPERS = ["local", "dev", "development", "base"];

/** The chosen manifests, and the alternatives. */
export interface ManifestChoice {
  readonly chosen: readonly ManifestInput[];
  readonly others: readonly ManifestInput[];
}

/** The manifests that a developer most likely means: a kustomization or chart rather than its files. */
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
