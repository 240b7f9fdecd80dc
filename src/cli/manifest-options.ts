import type { ManifestInput } from "../manifests/manifest-input.ts";
import type { Input, Option } from "./command.ts";

/** The options that name manifests, as in kubectl. @param otherwise the source without them. */
export function manifestOptions(otherwise: string): readonly Option[] {
  return [
    {
      flags: "-f, --filename <path>",
      summary: `a manifest file, folder, glob, URL, or - (default: ${otherwise})`,
      completes: "file",
      repeatable: true,
    },
    {
      flags: "-k, --kustomize <folder>",
      summary: "a kustomization, as kustomize or kubectl renders it",
      completes: "folder",
      repeatable: true,
    },
    {
      flags: "-R, --recursive",
      summary: "as kubectl has it: here a folder is read with all below it in any case",
    },
  ];
}

/** The manifests that a command line names; undefined when it names none. */
export function givenManifests({
  options,
}: Pick<Input, "options">): readonly ManifestInput[] | undefined {
  const files = (options["filename"] ?? []) as readonly string[];
  const folders = (options["kustomize"] ?? []) as readonly string[];
  const given = [...files, ...folders.map((kustomize) => ({ kustomize }))];
  return given.length === 0 ? undefined : given;
}
