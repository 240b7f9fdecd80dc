import { nearestName } from "../../diagnostics/nearest-name.ts";
import { qualifiedName } from "../../objects/object-key.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import type { ManifestSet } from "../manifest-set.ts";
import type { SetRule } from "../set-rule.ts";

const GROUP = "rbac.authorization.k8s.io";
const BINDINGS = [`RoleBinding.${GROUP}`, `ClusterRoleBinding.${GROUP}`] as const;

/** ClusterRoles that API servers create, besides those of `system:`. */
const BUILT_IN = ["admin", "cluster-admin", "edit", "view"];

function* bindings(set: ManifestSet) {
  for (const kind of BINDINGS) yield* set.list(kind);
}

const role: SetRule = {
  id: "role-binding-role",
  severity: "warning",
  check(set, report) {
    for (const loaded of bindings(set)) {
      const { kind, name } = loaded.object.roleRef;
      const namespace = kind === "Role" ? (loaded.object.metadata.namespace ?? "") : "";
      const groupKind = `${kind}.${GROUP}`;
      if (!set.lacks(groupKind, namespace, name) || set.isMentioned(name)) continue;
      const names = set.names(groupKind, namespace);
      const near = nearestName(name, names);
      if (name.startsWith("system:") || namespace === "kube-system") continue;
      // Other components of a cluster also bring ClusterRoles for general use.
      if (kind === "ClusterRole" && (BUILT_IN.includes(name) || near === undefined)) continue;
      const what = namespace === "" ? name : qualifiedName(namespace, name);
      report(
        loaded,
        ["roleRef", "name"],
        `there is no ${kind} ${what}: nothing is allowed by this`,
        {
          hint: near === undefined ? undefined : `did you mean ${near}?`,
        },
      );
    }
  },
};

const subject: SetRule = {
  id: "role-binding-subject",
  severity: "warning",
  check(set, report) {
    for (const loaded of bindings(set)) {
      for (const [i, { kind, name, namespace }] of (loaded.object.subjects ?? []).entries()) {
        if (kind !== "ServiceAccount") continue;
        const own = namespace ?? loaded.object.metadata.namespace ?? "";
        if (!set.lacks("ServiceAccount", own, name)) continue;
        const path = ["subjects", i, "name"];
        // A missing ServiceAccount may belong to other manifests; one with a similar name is probably meant.
        // "default" may be any namespace into which the manifests are applied.
        const other = set
          .list("ServiceAccount")
          .find(
            ({ object: { metadata } }) =>
              metadata.name === name && metadata.namespace !== DEFAULT_NAMESPACE,
          );
        const near = nearestName(name, set.names("ServiceAccount", own));
        if (other === undefined && near === undefined) continue;
        report(
          loaded,
          other === undefined ? path : ["subjects", i, "namespace"],
          `there is no ServiceAccount ${own}/${name}: nobody gets these rights`,
          {
            hint:
              other === undefined
                ? `did you mean ${near}?`
                : `there is one in namespace ${other.object.metadata.namespace}`,
          },
        );
      }
    }
  },
};

export const rbacSetRules: readonly SetRule[] = [role, subject];
