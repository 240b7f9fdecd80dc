import { type Check, dnsSubdomain, words } from "../checks.ts";
import { AGE, type Column, CREATED_COLUMNS, NAME } from "../columns/column.ts";
import { immutable } from "../immutable-fields.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from "../tables/kinds.ts";

const GROUP = "rbac.authorization.k8s.io";

/** What goes into a URL's path as one step. */
export const pathSegment: Check<string> = (name, place) => {
  const bad = name === "." || name === ".." || /[/%]/.test(name);
  if (bad) place.invalid(`${quote(name)} must not be "." or ".." nor contain "/" or "%"`);
};

export const role: Kind = kind<Role>({
  groupKind: `Role.${GROUP}`,
  columns: CREATED_COLUMNS,
  name: pathSegment,
  parts: part<Role>("rbac/v1.Role", {
    check({ rules = [] }, place) {
      for (const [i, rule] of rules.entries()) {
        const at = place.at("rules", i);
        if ((rule.nonResourceURLs ?? []).length > 0) {
          at.at("nonResourceURLs").invalid(
            "URLs are of no namespace: only a ClusterRole has rules for them",
          );
        }
        checkRule(rule, at);
      }
    },
  }),
});

export const clusterRole: Kind = kind<ClusterRole>({
  groupKind: `ClusterRole.${GROUP}`,
  columns: CREATED_COLUMNS,
  name: pathSegment,
  parts: part<ClusterRole>("rbac/v1.ClusterRole", {
    check({ rules = [] }, place) {
      for (const [i, rule] of rules.entries()) checkRule(rule, place.at("rules", i));
    },
  }),
});

function checkRule(rule: PolicyRule, place: Place): void {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) place.at("verbs").required("a rule needs a verb");
  if (nonResourceURLs.length > 0) {
    if (apiGroups.length + resources.length + resourceNames.length === 0) return;
    place.at("nonResourceURLs").invalid("a rule is about resources or about URLs");
    return;
  }
  if (apiGroups.length === 0)
    place.at("apiGroups").required('a rule needs a group; "" is the core group');
  if (resources.length === 0) place.at("resources").required("a rule needs a resource");
}

const BINDING_COLUMNS: readonly Column<RoleBinding | ClusterRoleBinding>[] = [
  NAME,
  { header: "ROLE", cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  AGE,
  { header: "USERS", wide: true, cell: (binding) => subjectsOf(binding, "User") },
  { header: "GROUPS", wide: true, cell: (binding) => subjectsOf(binding, "Group") },
  {
    header: "SERVICEACCOUNTS",
    wide: true,
    cell: (binding) => subjectsOf(binding, "ServiceAccount"),
  },
];

function subjectsOf({ subjects = [] }: RoleBinding | ClusterRoleBinding, kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");
}

export const roleBinding: Kind = kind<RoleBinding>({
  groupKind: `RoleBinding.${GROUP}`,
  columns: BINDING_COLUMNS,
  name: pathSegment,
  update: (previous, next, place) => immutable(previous, next, ["roleRef"], place),
  parts: {
    ...part<RoleBinding>("rbac/v1.RoleBinding", {
      check: ({ roleRef }, place) =>
        words("Role", "ClusterRole")(roleRef.kind, place.at("roleRef", "kind")),
    }),
    ...part<RoleRef>("rbac/v1.RoleRef", {
      required: ["name"],
      fields: { name: pathSegment, apiGroup: words(GROUP) },
    }),
    ...part<Subject>("rbac/v1.Subject", {
      required: ["name"],
      check({ kind: what, name, apiGroup = "" }, place) {
        if (what === "ServiceAccount") {
          dnsSubdomain(name, place.at("name"));
          if (apiGroup !== "")
            place.at("apiGroup").invalid("a ServiceAccount is of the core group");
        } else if (what === "User" || what === "Group") {
          if (apiGroup !== "" && apiGroup !== GROUP)
            place.at("apiGroup").invalid(`a ${what} is of the group ${GROUP}`);
        } else place.at("kind").invalid(`${quote(what)} is none of ServiceAccount, User, Group`);
      },
    }),
  },
});

export const clusterRoleBinding: Kind = kind<ClusterRoleBinding>({
  groupKind: `ClusterRoleBinding.${GROUP}`,
  columns: BINDING_COLUMNS,
  name: pathSegment,
  update: (previous, next, place) => immutable(previous, next, ["roleRef"], place),
  parts: part<ClusterRoleBinding>("rbac/v1.ClusterRoleBinding", {
    check({ roleRef, subjects = [] }, place) {
      words("ClusterRole")(roleRef.kind, place.at("roleRef", "kind"));
      for (const [i, { kind: what, namespace = "" }] of subjects.entries()) {
        if (what === "ServiceAccount" && namespace === "")
          place.at("subjects", i, "namespace").required();
      }
    },
  }),
});
