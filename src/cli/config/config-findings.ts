import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { createEngine } from "../../engine/engine.ts";
import type { SettingValues } from "../../manifests/settings/table.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { targetedEntries, targetFindings } from "../../runtime/target-findings.ts";
import { createFileSource } from "../../sources/files.ts";
import type { Context } from "../command.ts";
import { localOptions } from "../up/local-options.ts";

/**
 * Entries of kubelane.yaml that have no effect, because no pod matches them.
 * @param objects those of the manifests that it names, where they were read already.
 */
export async function configFindings(
  { cwd, env }: Pick<Context, "cwd" | "env">,
  values: SettingValues,
  objects?: readonly KubernetesObject[],
): Promise<Diagnostic[]> {
  if (targetedEntries(values).length === 0) return [];
  // Control loops run first: a target may be a pod that a workload makes.
  await using engine = createEngine(localOptions(values));
  const put = (all: readonly KubernetesObject[]) =>
    void engine.store.apply(all.map((object) => ({ op: "put", object })));
  if (objects !== undefined) put(objects);
  else {
    const source = createFileSource({ manifests: values.manifests, cwd, env });
    await source.start({ apply: (batch) => void engine.store.apply(batch) });
  }
  return targetFindings(values, engine.store);
}
