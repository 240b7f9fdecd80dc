import type { Diagnostic, SourcePosition } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import type { WorkloadTarget } from "../manifests/local-config.ts";
import { targetText } from "../manifests/workload-target.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { LocalPods } from "./local-pods.ts";
import { describeTarget } from "./target.ts";
import { namespacesOf } from "./target-namespace.ts";

/** How many existing names are listed where none is similar. */
const SHOWN = 5;

/** Findings for entries that match nothing or are ambiguous, and so have no effect. */
export function targetFindings(config: LocalPods, store: StoreReader): Diagnostic[] {
  return targetedEntries(config).flatMap((entry) => findingOf(entry, store) ?? []);
}

interface TargetedEntry {
  readonly target: WorkloadTarget;
  readonly position: SourcePosition;
}

/** All entries for certain pods, not those for all pods. */
export function targetedEntries({ run, attach, stub = [] }: LocalPods): TargetedEntry[] {
  const named = stub.flatMap(({ target, position }) => (target ? [{ target, position }] : []));
  return [...run, ...attach, ...named];
}

function findingOf(
  { target, position }: TargetedEntry,
  store: StoreReader,
): Diagnostic | undefined {
  const found = namespacesOf(target, store);
  const isNamed = target.namespace !== undefined;
  if (found.length === 1 || (isNamed && found.length > 0)) return undefined;
  if (found.length > 1) {
    const [first = ""] = found;
    return {
      rule: "config-ambiguous",
      severity: "error",
      message: `${nounOf(target)} in each of the namespaces ${found.join(", ")}, and this does not say which is meant`,
      hint:
        "selector" in target
          ? `add namespace: ${first}`
          : `write ${targetText({ ...target, namespace: first })}`,
      position,
    };
  }
  const where = isNamed ? `in namespace ${target.namespace}` : "in any namespace";
  return {
    rule: "config-no-match",
    severity: "error",
    message: `${nounOf(target, "no")} ${where}, so no pod runs by this`,
    ...hintFor(target, store),
    position,
  };
}

function nounOf(target: WorkloadTarget, no = ""): string {
  if ("selector" in target)
    return `there are ${no === "" ? "" : "no "}pods ${describeTarget(target)}`;
  return `there is ${no === "" ? "a" : "no"} ${describeTarget(target)}`;
}

function hintFor(target: WorkloadTarget, store: StoreReader): { readonly hint?: string } {
  const elsewhere = namespacesOf({ ...target, namespace: undefined }, store);
  if (elsewhere.length > 0) {
    if ("selector" in target) return { hint: `there are some in ${elsewhere.join(" and ")}` };
    const others = elsewhere.map((namespace) => targetText({ ...target, namespace }));
    return { hint: `write ${others.join(" or ")}` };
  }
  if ("selector" in target) return {};
  const { kind, name, namespace } = target;
  const all = store.list(kind).map(({ metadata }) => metadata);
  const here = all.filter((each) => namespace === undefined || each.namespace === namespace);
  const candidates = here.length > 0 ? here : all;
  const near = nearestName(
    name,
    candidates.map((each) => each.name),
  );
  const text = (each: { readonly name: string; readonly namespace?: string }) =>
    targetText({ kind, name: each.name, namespace: each.namespace ?? "" });
  if (near !== undefined) {
    const found = candidates.filter((each) => each.name === near);
    return { hint: `did you mean ${found.map(text).join(" or ")}?` };
  }
  if (candidates.length === 0) return {};
  const more = candidates.length > SHOWN ? ` and ${candidates.length - SHOWN} more` : "";
  return { hint: `there are ${candidates.slice(0, SHOWN).map(text).sort().join(", ")}${more}` };
}
