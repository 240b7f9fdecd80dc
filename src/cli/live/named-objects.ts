import { fromMap } from "../../labels/selector.ts";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import type { Pod } from "../../objects/pod.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { kindOfWord } from "../get/requested-kinds.ts";
import { noSuchObject } from "../no-such-object.ts";

/** Kinds that a name without a type may mean; the first with that name is used. */
const NAMED_ALONE = [
  "Pod",
  "Deployment.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "Job.batch",
  "CronJob.batch",
  "ReplicaSet.apps",
  "ReplicationController",
  "Service",
];

/**
 * The object that TYPE/NAME, or a name alone, means.
 * @param namespace undefined: `default`, or else the only one with such an object
 * @throws CommandError when there is none, or several
 */
export function namedObject(
  store: StoreReader,
  word: string,
  namespace: string | undefined,
): KubernetesObject {
  const [, type, name = word] = /^([^/]+)\/([^/]+)$/.exec(word) ?? [];
  const kinds = type === undefined ? NAMED_ALONE : [kindOfWord(type, store.kinds())];
  for (const kind of kinds) {
    const found = foundIn(store, kind, namespace, name);
    if (found !== undefined) return found;
  }
  throw noSuchObject(store, { groupKind: kinds[0]!, namespace, name });
}

function foundIn(
  store: StoreReader,
  kind: string,
  namespace: string | undefined,
  name: string,
): KubernetesObject | undefined {
  if (namespace !== undefined) return store.get(kind, namespace, name);
  const all = store.list(kind).filter(({ metadata }) => metadata.name === name);
  const first = all.find(({ metadata }) => metadata.namespace === DEFAULT_NAMESPACE);
  if (first !== undefined || all.length <= 1) return first ?? all[0];
  const where = all.map(({ metadata }) => metadata.namespace ?? "").sort();
  throw new CommandError(
    EXIT.usage,
    `${kind.split(".", 1)[0]} ${name} is in each of the namespaces ${where.join(", ")}`,
    `say which is meant: -n ${where[0]}`,
  );
}

/** The pods of an object: itself, those that it made, or those that a Service selects. */
export function podsOf(store: StoreReader, object: KubernetesObject): readonly Pod[] {
  const { namespace = "", uid } = object.metadata;
  switch (groupKindOf(object)) {
    case "Pod":
      return [object as Pod];
    case "Service": {
      const { selector } = object.spec as { readonly selector?: Readonly<Record<string, string>> };
      if (selector === undefined) return [];
      return store.list("Pod", { namespace, labelSelector: fromMap(selector) });
    }
    default:
      return uid === undefined ? [] : madeBy(store, uid);
  }
}

function madeBy(store: StoreReader, uid: string): Pod[] {
  return store
    .dependents(uid)
    .flatMap((each) =>
      groupKindOf(each) === "Pod" ? [each as Pod] : madeBy(store, each.metadata.uid ?? ""),
    );
}
