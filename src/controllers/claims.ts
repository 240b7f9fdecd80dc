import { keyOf, qualifiedName } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import type { PersistentVolumeClaim } from "../objects/volume.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";

/**
 * Binds a claim once a Pod that mounts it runs, as a StorageClass with `WaitForFirstConsumer` does. The volume is a
 * folder of this machine, so that there is no PersistentVolume, and the claim names none. A bound claim stays bound.
 *
 * Writes the status of PersistentVolumeClaims.
 */
export function createClaimController(): Controller {
  return {
    name: "claims",
    kinds: new Set(["Pod", "PersistentVolumeClaim"]),
    reconcile(changes, store) {
      const running = new Set<Pod>();
      const namespaces = new Set<string>();
      for (const { kind, object } of changes) {
        const { namespace = "", name } = object.metadata;
        if (kind === "PersistentVolumeClaim") {
          const claim = store.get(kind, namespace, name);
          if (claim !== undefined && isPending(claim)) namespaces.add(namespace);
        } else {
          const pod = store.get("Pod", namespace, name);
          if (pod !== undefined) running.add(pod);
        }
      }
      // The Pod of a claim may have been there first.
      for (const namespace of namespaces) {
        for (const pod of store.list("Pod", { namespace })) running.add(pod);
      }
      const bound = new Map<string, Operation>();
      for (const { metadata, status, spec } of running) {
        if (status?.phase !== "Running") continue;
        for (const { persistentVolumeClaim } of spec.volumes ?? []) {
          if (persistentVolumeClaim === undefined) continue;
          const { namespace = "" } = metadata;
          const { claimName } = persistentVolumeClaim;
          const claim = store.get("PersistentVolumeClaim", namespace, claimName);
          if (claim === undefined || !isPending(claim)) continue;
          bound.set(qualifiedName(namespace, claimName), bind(claim));
        }
      }
      return [...bound.values()];
    },
  };
}

function isPending({ status }: PersistentVolumeClaim): boolean {
  return (status?.phase ?? "Pending") === "Pending";
}

function bind(claim: PersistentVolumeClaim): Operation {
  const { accessModes, resources } = claim.spec;
  const storage = resources?.requests?.["storage"];
  const status = {
    phase: "Bound",
    ...(accessModes !== undefined && { accessModes }),
    ...(storage !== undefined && { capacity: { storage } }),
  };
  return { op: "status", key: keyOf(claim), status };
}
