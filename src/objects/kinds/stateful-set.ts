import { labelsByOrdinal, REVISION_LABEL } from "../added-labels.ts";
import { dnsLabel, nonNegative, unlessEmpty, words } from "../checks.ts";
import { AGE, NAME } from "../columns/column.ts";
import { templateColumns } from "../columns/pod-template.ts";
import { READY } from "../columns/replicas.ts";
import { change, changeEach, fill } from "../defaults/fill.ts";
import { defaultTemplate } from "../defaults/pod.ts";
import { immutableExcept } from "../immutable-fields.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import { checkSelector, ownSelector, TEMPLATE } from "../rules/workload.ts";
import type {
  PersistentVolumeClaim,
  RollingUpdateStatefulSetStrategy,
  StatefulSet,
  StatefulSetOrdinals,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
} from "../tables/kinds.ts";

/** The mutable fields of its spec. */
const MUTABLE: readonly string[] = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

export const statefulSet: Kind = kind<StatefulSet>({
  groupKind: "StatefulSet.apps",
  // Its pods' names begin with its own, so it must be short enough.
  name: dnsLabel,
  pods: {
    at: TEMPLATE,
    added: ({ metadata: { name }, spec: { replicas = 1, ordinals } }) => ({
      known: labelsByOrdinal(name, ordinals?.start ?? 0, replicas),
      open: [REVISION_LABEL],
    }),
  },
  update: (previous, next, place) =>
    immutableExcept(previous.spec, next.spec, MUTABLE, place.at("spec")),
  defaults: withDefaults,
  selectors: ownSelector,
  columns: [NAME, READY, AGE, ...templateColumns(TEMPLATE)],
  parts: {
    ...part<StatefulSetSpec>("apps/v1.StatefulSetSpec", {
      seen: withClaims,
      fields: {
        replicas: nonNegative,
        minReadySeconds: nonNegative,
        serviceName: unlessEmpty(dnsLabel),
      },
      check(spec, place) {
        checkSelector(spec, place);
        const { type = "RollingUpdate", rollingUpdate } = spec.updateStrategy ?? {};
        if (type === "OnDelete" && rollingUpdate !== undefined) {
          const at = place.at("updateStrategy", "rollingUpdate");
          at.forbidden("rollingUpdate does not go with type: OnDelete", { rule: "rolling-update" });
        }
      },
    }),
    ...part<StatefulSetPersistentVolumeClaimRetentionPolicy>(
      "apps/v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
      { fields: { whenDeleted: words("Retain", "Delete"), whenScaled: words("Retain", "Delete") } },
    ),
    ...part<StatefulSetOrdinals>("apps/v1.StatefulSetOrdinals", { fields: { start: nonNegative } }),
    ...part<RollingUpdateStatefulSetStrategy>("apps/v1.RollingUpdateStatefulSetStrategy", {
      fields: { partition: nonNegative },
    }),
  },
});

/** The pods have a volume for each claim, which replaces one of the same name; claim names are given by the set. */
function withClaims(spec: StatefulSetSpec): StatefulSetSpec {
  const { hostname: _, subdomain: _s, volumes = [], ...pod } = spec.template.spec;
  const names = new Set(
    (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name ?? ""),
  );
  const claims = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = volumes.filter(({ name }) => !names.has(name));
  return {
    ...spec,
    // The claims' labels are checked when there are claims.
    volumeClaimTemplates: (spec.volumeClaimTemplates ?? []).map((claim) => ({
      ...claim,
      metadata: { name: claim.metadata.name },
    })),
    template: { ...spec.template, spec: { ...pod, volumes: [...claims, ...others] } },
  };
}

function withDefaults(set: StatefulSet): StatefulSet {
  return change(set, "spec", (spec) => {
    const made = fill(change(spec, "template", defaultTemplate), {
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      updateStrategy: {},
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: {},
    });
    const claiming = change(made, "volumeClaimTemplates", (claims) =>
      changeEach(claims, defaultClaim),
    );
    const kept = change(claiming, "persistentVolumeClaimRetentionPolicy", (policy) =>
      fill(policy, { whenDeleted: "Retain", whenScaled: "Retain" }),
    );
    return change(kept, "updateStrategy", (strategy) => {
      const filled = fill(strategy, { type: "RollingUpdate" });
      if (filled.type !== "RollingUpdate") return filled;
      return change(fill(filled, { rollingUpdate: {} }), "rollingUpdate", (update) =>
        fill(update, { partition: 0 }),
      );
    });
  });
}

function defaultClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const typed = fill(claim, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    status: { phase: "Pending" },
  });
  return change(typed, "spec", (spec) => fill(spec, { volumeMode: "Filesystem" }));
}
