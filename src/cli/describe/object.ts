import { formatFieldPath } from "../../diagnostics/diagnostic.ts";
import { columnsOf } from "../../objects/columns/columns.ts";
import { formatMap } from "../../objects/columns/selector-text.ts";
import { controllerOf, groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { describeObject } from "../../objects/object-key.ts";
import type { Pod } from "../../objects/pod.ts";
import { podTemplateOf } from "../../objects/pod-templates.ts";
import { selectorsOf } from "../../objects/selectors-of.ts";
import { selectedBy } from "../../store/selected.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { pairs, type Section } from "../section.ts";
import { podLines } from "./selection.ts";
import { selectorOfUse, selectorText } from "./selector-text.ts";

/** Describes any object: the columns of `get -o wide`, what its selectors match, and what selects its pods. */
export function describeAnything(object: KubernetesObject, store: StoreReader): Section[] {
  const template = podTemplateOf(object);
  const services =
    template === undefined
      ? []
      : selectorsOfOthers(store, object)
          .filter(({ labels }) => labels(template.metadata?.labels ?? {}))
          .map(({ name }) => name);
  const pods = ownedPods(object, store);
  return [
    header(object),
    { title: "selects", lines: selectionLines(object, store) },
    { title: `pods (${pods.length})`, lines: podLines(pods) },
    { title: "its pods are selected by", lines: services },
  ];
}

/** The title line, and the columns of a table. */
export function header(
  object: KubernetesObject,
  more: readonly (readonly [string, string | undefined])[] = [],
): Section {
  const { metadata } = object;
  const now = new Date();
  const cells = columnsOf(groupKindOf(object))
    .filter((column) => column.header !== "NAME" && column.header !== "SELECTOR")
    .map((column) => [column.header.toLowerCase(), column.cell(object, now)] as const)
    .filter(([, value]) => value !== "<none>" && value !== "<unknown>");
  const owner = controllerOf(object);
  return {
    title: describeObject(object),
    lines: pairs([
      ...cells,
      ["labels", metadata.labels && formatMap(metadata.labels)],
      ["owner", owner && `${owner.kind} ${owner.name}`],
      ...more,
    ]),
  };
}

/** A line for each selector in an object, with the number of its matches. */
function selectionLines(object: KubernetesObject, store: StoreReader): string[] {
  return selectorsOf(object).map((use) => {
    const found = selectedBy(use, store);
    const kind = use.selects?.split(".", 1)[0]?.toLowerCase() ?? "object";
    const names = found.slice(0, 3).map(({ metadata }) => metadata.name);
    const list = names.length === 0 ? "" : `: ${names.join(", ")}${found.length > 3 ? ", …" : ""}`;
    const plural = found.length === 1 ? "" : "s";
    return `${formatFieldPath(use.path)} (${selectorText(use)}) takes ${found.length} ${kind}${plural}${list}`;
  });
}

/** Pods that the object controls, directly or through another object. */
function ownedPods(object: KubernetesObject, store: StoreReader): Pod[] {
  const { uid } = object.metadata;
  if (uid === undefined) return [];
  const owned = store.dependents(uid);
  const below = owned.flatMap(({ metadata }) => store.dependents(metadata.uid ?? ""));
  return [...owned, ...below].filter((each) => each.kind === "Pod") as Pod[];
}

/** Services and policies of a namespace, as predicates on labels. */
function selectorsOfOthers(store: StoreReader, { metadata }: KubernetesObject) {
  const { namespace = "" } = metadata;
  const kinds = ["Service", "NetworkPolicy.networking.k8s.io", "PodDisruptionBudget.policy"];
  return kinds
    .flatMap((kind) => store.list(kind, { namespace }))
    .flatMap((other) =>
      selectorsOf(other)
        .filter((use) => use.path.length === 2 && use.written.form !== "nodeSelector")
        .map((use) => ({
          name: `${describeObject(other)} (${selectorText(use)})`,
          labels: (labels: Readonly<Record<string, string>>) => matches(use, labels),
        })),
    );
}

function matches(
  use: ReturnType<typeof selectorsOf>[number],
  labels: Readonly<Record<string, string>>,
): boolean {
  return selectorOfUse(use)?.matches(labels) ?? false;
}
