import { type Check, dnsSubdomain } from "../checks.ts";
import type { Kind } from "../kind.ts";
import { groupKindOf, type KubernetesObject } from "../object.ts";
import type { Place } from "../place.ts";
import { isClusterScoped } from "../resource.ts";
import type { Rule } from "../rule.ts";

/** Naming rules depend on the kind; most kinds require a DNS subdomain. */
export function checkName(object: KubernetesObject, kind: Kind | undefined, root: Place): void {
  const { name } = object.metadata;
  const check: Check<string> = kind?.name ?? dnsSubdomain;
  const suggestion = suggestName(name);
  const hint = suggestion === name ? undefined : suggestion && `${suggestion} would be valid`;
  check(name, root.at("metadata", "name").as({ rule: "name-format", hint }));
}

export const namespaceIgnored: Rule = {
  id: "namespace-ignored",
  severity: "warning",
  check(object, report) {
    const { namespace } = object.metadata;
    if (namespace === undefined || namespace === "" || !isClusterScoped(groupKindOf(object)))
      return;
    report(["metadata", "namespace"], `a ${object.kind} belongs to no namespace; this is ignored`, {
      at: "key",
    });
  },
};

/** A valid name like this one, when lower case and hyphens make one. */
function suggestName(name: string): string | undefined {
  const suggestion = name
    .slice(0, 63)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return suggestion === "" ? undefined : suggestion;
}
