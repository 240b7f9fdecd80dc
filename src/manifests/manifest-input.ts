import { resolve } from "node:path";

/** Where manifests are: a file, a folder, a glob, a URL, `-` for standard input, or what a tool renders. */
export type ManifestInput = string | Rendering;

/** Manifests that are the output of a tool of the user's. */
export type Rendering = KustomizeRendering | HelmRendering;

/** What kustomize makes of a folder with a kustomization. */
export interface KustomizeRendering {
  /** A folder with a `kustomization.yaml`. */
  readonly kustomize: string;
}

/** What `helm template` makes of a chart. */
export interface HelmRendering {
  /** The folder of a chart, a packed one, or what `helm template` takes beside these. */
  readonly helm: string;
  /** What relative paths are relative to. Default: the working folder. */
  readonly folder?: string;
  /** The name of the release. Default: that of the chart's folder. */
  readonly release?: string;
  /** Where objects go that don't say so. Default: `default`. */
  readonly namespace?: string;
  /** Files of values, later ones first in rank. */
  readonly values?: readonly string[];
  /** Values by their path as `--set` has it, `image.tag`; they go before those of files. */
  readonly set?: Readonly<Record<string, unknown>>;
}

/** How messages name an input, without its details. */
export function describeInput(input: ManifestInput): string {
  if (typeof input === "string") return input;
  return "kustomize" in input ? `kustomize ${input.kustomize}` : `helm ${input.helm}`;
}

/** The folder or file that an input is about; undefined for an input that is neither. */
export function placeOf(input: ManifestInput): string | undefined {
  const place = typeof input === "string" ? input : folderOf(input);
  return place === "-" || isUrl(place) ? undefined : place;
}

function folderOf(rendering: Rendering): string {
  if ("kustomize" in rendering) return rendering.kustomize;
  const { helm, folder } = rendering;
  return folder === undefined || isUrl(helm) ? helm : resolve(folder, helm);
}

/** As kubectl and helm know them: what is behind a protocol is no path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
