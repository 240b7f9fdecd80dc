import type { Resolution } from "./resolution.ts";
import { candidateNames, type ResolverConfig } from "./resolver-config.ts";

/** The look-up of a name by a pod's resolver. */
export interface SearchedResolution {
  readonly config: ResolverConfig;
  /** Every query in order; the last one was successful, if any. */
  readonly tried: readonly Resolution[];
  readonly found: Resolution | undefined;
}

/** DNS as one pod, or any pod of a namespace, sees it (D.15). */
export interface PodView {
  readonly config: ResolverConfig;
  /** The full names that a name may stand for, in the order they are tried. */
  candidates(name: string): readonly string[];
  /** Tries the search list until a name has records; NODATA continues like NXDOMAIN, as in glibc. */
  resolve(name: string, type?: string): SearchedResolution;
}

export function createPodView(
  config: ResolverConfig,
  resolve: (name: string, type: string) => Resolution,
): PodView {
  return {
    config,
    candidates: (name) => candidateNames(name, config),
    resolve(name, type = "A") {
      const tried: Resolution[] = [];
      for (const candidate of candidateNames(name, config)) {
        const resolution = resolve(candidate, type);
        tried.push(resolution);
        if (resolution.answers.length > 0) return { config, tried, found: resolution };
      }
      return { config, tried, found: undefined };
    },
  };
}
