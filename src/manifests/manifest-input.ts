import { resolve } from "node:path";

/** An input: a file, a folder, a glob, a URL, `-` for standard input, or the output of a tool. */
export type ManifestInput = string | Rendering;

/** Manifests that are rendered by one of the user's tools. */
export type Rendering = KustomizeRendering | HelmRendering;

/** The output of kustomize for a folder with a kustomization. */
export interface KustomizeRendering {
  /** A folder with a `kustomization.yaml`. */
  readonly kustomize: string;
}

/** The output of `helm template` for a chart. */
export interface HelmRendering {
  /** The folder of a chart, a packed chart, or another reference that `helm template` accepts. */
  readonly helm: string;
  /** What relative paths are relative to. Default: the working folder. */
  readonly folder?: string;
  /** The name of the release. Default: that of the chart's folder. */
  readonly release?: string;
  /** The namespace of objects that name none. Default: `default`. */
  readonly namespace?: string;
  /** Files of values; later ones override earlier ones. */
  readonly values?: readonly string[];
  /** Values by their path as in `--set`, `image.tag`; they override those of files. */
  readonly set?: Readonly<Record<string, unknown>>;
}

/** An input's name in messages, without details. */
export function describeInput(input: ManifestInput): string {
  if (typeof input === "string") return input;
  return "kustomize" in input ? `kustomize ${input.kustomize}` : `helm ${input.helm}`;
}

/** The folder or file of an input; undefined for other inputs. */
export function placeOf(input: ManifestInput): string | undefined {
  const place = typeof input === "string" ? input : folderOf(input);
  return place === "-" || isUrl(place) ? undefined : place;
}

function folderOf(rendering: Rendering): string {
  if ("kustomize" in rendering) return rendering.kustomize;
  const { helm, folder } = rendering;
  return folder === undefined || isUrl(helm) ? helm : resolve(folder, helm);
}

/** As in kubectl and helm: a URL is not a path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
