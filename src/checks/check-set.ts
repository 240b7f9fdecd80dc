import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { LoadedObject } from "../manifests/read-manifest.ts";
import { describeObject } from "../objects/object-key.ts";
import { ManifestSet, type NotRead } from "./manifest-set.ts";
import { SET_RULES } from "./rules/set-rules.ts";

/**
 * What is wrong with objects seen together: who selects whom, who names whom. What is wrong with each by
 * itself was found when it was read.
 * @param notRead what stood beside them: a {@link readManifest reading} tells of it.
 */
export function checkSet(objects: readonly LoadedObject[], notRead: NotRead = {}): Diagnostic[] {
  const set = new ManifestSet(objects, notRead);
  const diagnostics: Diagnostic[] = [];
  for (const { id, severity, check } of SET_RULES) {
    check(set, (loaded, path, message, { hint, at, edit } = {}) => {
      diagnostics.push({
        rule: id,
        severity,
        message,
        path,
        object: describeObject(loaded.object),
        position: loaded.locate(path, at),
        ...(hint === undefined ? {} : { hint }),
        ...(edit === undefined ? {} : { edit }),
      });
    });
  }
  return diagnostics;
}
