import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose } from "../manifests/manifest-text.ts";
import type { LoadedObject } from "../manifests/read-manifest.ts";
import { describeObject } from "../objects/object-key.ts";
import { ManifestSet, type NotRead } from "./manifest-set.ts";
import { SET_RULES } from "./rules/set-rules.ts";

/**
 * Findings about objects seen together: which selector matches what, which name refers to what. Findings about single
 * objects were made when they were read.
 * @param notRead parts that could not be read: from `readManifest`.
 */
export function checkSet(objects: readonly LoadedObject[], notRead: NotRead = {}): Diagnostic[] {
  const set = new ManifestSet(objects, notRead);
  const diagnostics: Diagnostic[] = [];
  for (const { id, severity, check } of SET_RULES) {
    check(set, (loaded, path, message, { hint, ...details } = {}) => {
      const said = hint === undefined ? details : { hint, ...details };
      const finding = { rule: id, severity, message, path, ...said };
      diagnostics.push(diagnose(finding, loaded, describeObject(loaded.object)));
    });
  }
  return diagnostics;
}
