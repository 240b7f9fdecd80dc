import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
} from "../../labels/dns-name.ts";
import type { LabelProblem } from "../../labels/problem.ts";
import { groupKindOf, groupOf } from "../object.ts";
import { quote } from "../read-shape.ts";
import { isClusterScoped } from "../resource.ts";
import type { Rule } from "../rule.ts";

/** Kinds whose name is a DNS label and not, as for most, a subdomain. */
const LABEL_NAMED: ReadonlySet<string> = new Set(["Namespace", "Service", "StatefulSet.apps"]);

/** RBAC names go into URL paths only. */
function pathSegmentProblems(name: string): { message: string }[] {
  const bad = name === "." || name === ".." || /[/%]/.test(name);
  return bad ? [{ message: `${quote(name)} must not be "." or ".." nor contain "/" or "%"` }] : [];
}

const nameFormat: Rule = {
  id: "name-format",
  severity: "error",
  check(object, report) {
    const { name } = object.metadata;
    const kind = groupKindOf(object);
    let problems: readonly Pick<LabelProblem, "message">[];
    if (groupOf(object.apiVersion) === "rbac.authorization.k8s.io") {
      problems = pathSegmentProblems(name);
    } else if (kind === "IPAddress.networking.k8s.io") problems = [];
    else if (LABEL_NAMED.has(kind)) problems = validateDns1123Label(name);
    else problems = validateDns1123Subdomain(name);
    const suggestion = problems.length > 0 ? suggestName(name) : undefined;
    const hint = suggestion && `${suggestion} would be valid`;
    for (const { message } of problems) report(["metadata", "name"], message, { hint });
    // A CronJob's Jobs are named after it and the minute, and their pods once more.
    if (kind === "CronJob.batch" && name.length > 52) {
      report(
        ["metadata", "name"],
        `a CronJob's name has at most 52 characters, not ${name.length}`,
      );
    }
  },
};

const serviceName: Rule = {
  id: "service-name-digit",
  severity: "warning",
  check(object, report) {
    const { name } = object.metadata;
    if (groupKindOf(object) !== "Service" || !/^[0-9]/.test(name)) return;
    if (validateDns1123Label(name).length > 0 || validateDns1035Label(name).length === 0) return;
    report(
      ["metadata", "name"],
      `clusters older than 1.36 refuse a Service name that starts with a digit`,
    );
  },
};

const namespaceFormat: Rule = {
  id: "namespace-format",
  severity: "error",
  check({ metadata: { namespace } }, report) {
    if (namespace === undefined || namespace === "") return;
    for (const { message } of validateDns1123Label(namespace)) {
      report(["metadata", "namespace"], message);
    }
  },
};

const namespaceIgnored: Rule = {
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

const SYSTEM_NAMESPACES = new Set(["kube-system", "kube-public", "kube-node-lease"]);

const namespaceReserved: Rule = {
  id: "namespace-reserved",
  severity: "warning",
  check(object, report) {
    const { name } = object.metadata;
    if (groupKindOf(object) !== "Namespace") return;
    if (!name.startsWith("kube-") || SYSTEM_NAMESPACES.has(name)) return;
    report(["metadata", "name"], `namespaces that start with "kube-" are reserved for Kubernetes`);
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

export const nameRules: readonly Rule[] = [
  nameFormat,
  serviceName,
  namespaceFormat,
  namespaceIgnored,
  namespaceReserved,
];
