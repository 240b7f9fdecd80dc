import { nearestName } from "../../diagnostics/nearest-name.ts";
import { witness } from "../../labels/algebra.ts";
import { labelEntries } from "../../labels/labels.ts";
import type { Selector } from "../../labels/selector.ts";
import { controllerOf, groupKindOf } from "../../objects/object.ts";
import { describeObject } from "../../objects/object-key.ts";
import { labelSelectorOf } from "../../objects/selector-use.ts";
import { selectorsOf } from "../../objects/selectors-of.ts";
import { isHeadless } from "../../objects/service.ts";
import type { Job } from "../../objects/workloads.ts";
import type { ManifestSet } from "../manifest-set.ts";
import type { PodSource } from "../pod-source.ts";
import { mapSelector } from "../selects.ts";
import type { SetRule } from "../set-rule.ts";

/** A workload of the set with a selector for its pods. */
interface Claim {
  readonly use: PodSource;
  readonly selector: Selector;
  readonly path: readonly (string | number)[];
}

/** Workloads with selectors, by namespace; objects that a controller made are left out. */
function claimsByNamespace(set: ManifestSet): Map<string, Claim[]> {
  const claims = new Map<string, Claim[]>();
  for (const use of set.allPodSources()) {
    const { object } = use.loaded;
    if (controllerOf(object) !== undefined || object.kind === "Pod") continue;
    if (groupKindOf(object) === "Job.batch" && (object as Job).spec.manualSelector !== true)
      continue;
    const own = selectorsOf(object).find(({ purpose }) => purpose === "replicas");
    if (own === undefined || own.written.form === "nodeSelector") continue;
    const list = claims.get(use.namespace) ?? [];
    list.push({ use, selector: labelSelectorOf(own.written), path: own.path });
    claims.set(use.namespace, list);
  }
  return claims;
}

const overlap: SetRule = {
  id: "workload-overlap",
  severity: "warning",
  check(set, report) {
    for (const claims of claimsByNamespace(set).values()) {
      for (const [i, claim] of claims.entries()) {
        // Each pair is reported once, at the second one.
        const other = claims
          .slice(0, i)
          .find((each) => takesPodsOf(each, claim) || takesPodsOf(claim, each));
        if (other === undefined) continue;
        const both = witness([claim.selector, other.selector], { over: "valid-labels" }) ?? {};
        const labels = [...labelEntries(both)].map(([key, value]) => `${key}=${value}`).join(",");
        const name = describeObject(other.use.loaded.object);
        report(
          claim.use.loaded,
          claim.path,
          `its selector overlaps with that of ${name}: both take pods labelled ${labels}`,
          {
            at: "key",
            hint: "give each a label of its own, in the selector and in the template",
          },
        );
      }
    }
  },
};

function takesPodsOf({ selector }: Claim, { use }: Claim): boolean {
  return selector.matches(use.labels);
}

const podAdopted: SetRule = {
  id: "pod-adopted",
  severity: "warning",
  check(set, report) {
    const claims = claimsByNamespace(set);
    for (const pod of set.list("Pod")) {
      if (controllerOf(pod.object) !== undefined) continue;
      const { namespace = "", labels = {} } = pod.object.metadata;
      const owner = (claims.get(namespace) ?? []).find(({ selector }) => selector.matches(labels));
      if (owner === undefined) continue;
      const name = describeObject(owner.use.loaded.object);
      report(
        pod,
        ["metadata", "labels"],
        `${name} selects this pod: it takes it over, or deletes it as one too many`,
        {
          at: "key",
          hint: "give the pod other labels",
        },
      );
    }
  },
};

const statefulSetService: SetRule = {
  id: "stateful-set-service",
  severity: "warning",
  check(set, report) {
    for (const loaded of set.list("StatefulSet.apps")) {
      const { namespace = "" } = loaded.object.metadata;
      const { serviceName = "" } = loaded.object.spec;
      const path = ["spec", "serviceName"];
      if (serviceName === "") {
        report(loaded, path, "without serviceName its pods have no names in DNS", {
          hint: "name a headless Service that selects the pods",
        });
        continue;
      }
      const service = set.get("Service", namespace, serviceName);
      if (service === undefined) {
        if (!set.lacks("Service", namespace, serviceName)) continue;
        const near = nearestName(serviceName, set.names("Service", namespace));
        report(
          loaded,
          path,
          `there is no Service ${namespace}/${serviceName}: the pods have no names in DNS`,
          {
            hint:
              near === undefined
                ? "write a headless Service of that name"
                : `did you mean ${near}?`,
          },
        );
        continue;
      }
      const selector = mapSelector(service.object.spec.selector);
      if (!isHeadless(service.object)) {
        report(
          loaded,
          path,
          `Service ${namespace}/${serviceName} is not headless: the pods have no names in DNS`,
          {
            hint: `write clusterIP: None in Service ${serviceName}, or name another`,
          },
        );
      } else if (
        selector !== undefined &&
        !set.selected(namespace, selector).some((source) => source.loaded === loaded)
      ) {
        report(
          loaded,
          path,
          `Service ${namespace}/${serviceName} selects ${selector}, and so not these pods`,
          {
            hint: "make its selector match the template's labels",
          },
        );
      }
    }
  },
};

const podSubdomain: SetRule = {
  id: "pod-subdomain",
  severity: "warning",
  check(set, report) {
    for (const { loaded, namespace, template } of set.allPodSources()) {
      const { subdomain = "" } = template.spec;
      if (subdomain === "") continue;
      const service = set.get("Service", namespace, subdomain);
      if (service !== undefined && isHeadless(service.object)) continue;
      if (service === undefined && !set.lacks("Service", namespace, subdomain)) continue;
      const what = service === undefined ? "there is no Service" : "not headless is Service";
      report(
        loaded,
        [...template.path, "spec", "subdomain"],
        `${what} ${namespace}/${subdomain}: the pod has no name in DNS`,
        {
          hint: "a subdomain is the name of a headless Service that selects the pod",
        },
      );
    }
  },
};

/** Labels that change with each version, used in a selector that can't be changed. */
const VERSION_LABELS = ["app.kubernetes.io/version", "helm.sh/chart", "chart"];

const selectorVersion: SetRule = {
  id: "selector-version",
  severity: "warning",
  check(set, report) {
    for (const claim of [...claimsByNamespace(set).values()].flat()) {
      for (const key of VERSION_LABELS) {
        if (!claim.selector.requirements.some((requirement) => requirement.key === key)) continue;
        report(
          claim.use.loaded,
          [...claim.path, "matchLabels", key],
          `${key} changes with versions, and the selector of a ${claim.use.loaded.object.kind} can't be changed`,
          {
            at: "key",
            hint: `keep ${key} in the template's labels only`,
          },
        );
      }
    }
  },
};

export const workloadSetRules: readonly SetRule[] = [
  overlap,
  podAdopted,
  statefulSetService,
  podSubdomain,
  selectorVersion,
];
