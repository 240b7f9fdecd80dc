import { groupKind } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { resourceOfKind } from "../objects/resource.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from "../objects/tables/kinds.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Controller } from "../store/controller.ts";
import type { Change, Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";

const KIND = "CustomResourceDefinition.apiextensions.k8s.io";

/**
 * Sets the conditions of a CustomResourceDefinition that is served (clients wait for Established), and deletes its
 * objects with it.
 */
export function createDefinitionController(): Controller {
  return {
    name: "custom-resource-definitions",
    kinds: new Set([KIND]),
    reconcile(changes, store, now) {
      return changes.flatMap((change) =>
        change.type === "deleted" ? removeObjects(change, store) : accept(change, store, now),
      );
    },
  };
}

function accept({ object: { metadata } }: Change, store: StoreReader, now: Date): Operation[] {
  const definition = store.get(KIND, "", metadata.name) as CustomResourceDefinition | undefined;
  if (definition === undefined) return [];
  const { spec, status = {} } = definition;
  const stored = spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
  const storedVersions = [...new Set([...(status.storedVersions ?? []), ...stored])];
  const acceptedNames = spec.names;
  const { conditions = [] } = status;
  const isSame =
    JSON.stringify([status.acceptedNames, status.storedVersions]) ===
    JSON.stringify([acceptedNames, storedVersions]);
  if (isSame && conditions.some(({ type }) => type === "Established")) return [];
  const time = timestamp(now);
  const next = {
    ...status,
    conditions: conditions.length > 0 ? conditions : conditionsOf(definition, time),
    acceptedNames,
    storedVersions,
  };
  return [{ op: "status", key: keyOf(definition), status: next }];
}

function conditionsOf(
  { metadata, spec }: CustomResourceDefinition,
  lastTransitionTime: string,
): CustomResourceDefinitionCondition[] {
  const condition = (type: string, reason: string, message: string) => ({
    lastTransitionTime,
    message,
    reason,
    status: "True",
    type,
  });
  const approved = metadata.annotations?.["api-approved.kubernetes.io"];
  const isProtected = /(^|\.)k8s\.io$|(^|\.)kubernetes\.io$/.test(spec.group);
  return [
    ...(isProtected && approved !== undefined
      ? [
          condition(
            "KubernetesAPIApprovalPolicyConformant",
            "ApprovedAnnotation",
            `approved in ${approved}`,
          ),
        ]
      : []),
    condition("NamesAccepted", "NoConflicts", "no conflicts found"),
    condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
  ];
}

/** Objects of kinds that are known without a definition are kept when a definition of them is deleted. */
function removeObjects({ object }: Change, store: StoreReader): Operation[] {
  const { group, names } = (object as CustomResourceDefinition).spec;
  const kind = groupKind(`${group}/v1`, names.kind);
  if (resourceOfKind(kind) !== undefined) return [];
  return store.list(kind).map((each) => ({ op: "delete", key: keyOf(each) }));
}
