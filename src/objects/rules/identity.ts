import { nearestName } from "../../diagnostics/nearest-name.ts";
import { groupOf } from "../object.ts";
import { isRecord, quote } from "../read-shape.ts";
import { findResource, RESOURCES } from "../resource.ts";
import type { Rule } from "../rule.ts";

/** An object before anything is known of it but that it is a mapping. */
export type Draft = Readonly<Record<string, unknown>>;

const apiVersionRequired: Rule<Draft> = {
  id: "api-version-required",
  severity: "error",
  check({ apiVersion, kind }, report) {
    if (typeof apiVersion === "string" && apiVersion !== "") return;
    const known = typeof kind === "string" ? findResource(kind) : undefined;
    report(["apiVersion"], "apiVersion is missing, so nobody can tell what this object is", {
      hint: `write apiVersion: ${known?.apiVersion ?? "v1"} at the top`,
    });
  },
};

const kindRequired: Rule<Draft> = {
  id: "kind-required",
  severity: "error",
  check({ kind }, report) {
    if (typeof kind === "string" && kind !== "") return;
    report(["kind"], "kind is missing, so nobody can tell what this object is", {
      hint: "write a kind at the top: Pod, Service, Deployment, ...",
    });
  },
};

const apiVersionFormat: Rule<Draft> = {
  id: "api-version-format",
  severity: "error",
  check({ apiVersion }, report) {
    if (typeof apiVersion !== "string" || apiVersion === "") return;
    if (/^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]+$/.test(apiVersion)) return;
    report(["apiVersion"], `${quote(apiVersion)} is neither "version" nor "group/version"`);
  },
};

/** Groups whose kinds are all listed in RESOURCES or are none of a user's business. */
const BUILT_IN = new Set(["", "apps", "batch"]);

const kindMismatch: Rule<Draft> = {
  id: "kind-group",
  severity: "error",
  check({ apiVersion, kind }, report) {
    if (typeof apiVersion !== "string" || typeof kind !== "string") return;
    const group = groupOf(apiVersion);
    if (!BUILT_IN.has(group) || apiVersion === "" || kind === "") return;
    const sameKind = RESOURCES.filter((names) => names.kind === kind);
    if (sameKind.some((names) => names.group === group)) return;
    const [other] = sameKind;
    if (other !== undefined) {
      report(["apiVersion"], `there is no ${kind} in ${apiVersion}`, {
        hint: `write apiVersion: ${other.apiVersion}`,
      });
      return;
    }
    const inGroup = RESOURCES.filter((names) => names.group === group);
    const exact = findResource(kind);
    const near =
      exact?.kind ??
      nearestName(
        kind,
        inGroup.map((names) => names.kind),
      );
    if (near !== undefined) {
      const hint = `did you mean ${near}?`;
      report(["kind"], `there is no kind ${quote(kind)} in ${apiVersion}`, { hint });
    }
  },
};

/** Versions that API servers no longer serve, and what took their place. */
const REMOVED: ReadonlyMap<string, string> = new Map([
  ["extensions/v1beta1 Deployment", "apps/v1"],
  ["extensions/v1beta1 DaemonSet", "apps/v1"],
  ["extensions/v1beta1 ReplicaSet", "apps/v1"],
  ["extensions/v1beta1 Ingress", "networking.k8s.io/v1"],
  ["extensions/v1beta1 NetworkPolicy", "networking.k8s.io/v1"],
  ["apps/v1beta1 Deployment", "apps/v1"],
  ["apps/v1beta1 StatefulSet", "apps/v1"],
  ["apps/v1beta2 Deployment", "apps/v1"],
  ["apps/v1beta2 DaemonSet", "apps/v1"],
  ["apps/v1beta2 ReplicaSet", "apps/v1"],
  ["apps/v1beta2 StatefulSet", "apps/v1"],
  ["batch/v1beta1 CronJob", "batch/v1"],
  ["batch/v2alpha1 CronJob", "batch/v1"],
  ["discovery.k8s.io/v1beta1 EndpointSlice", "discovery.k8s.io/v1"],
  ["networking.k8s.io/v1beta1 Ingress", "networking.k8s.io/v1"],
  ["policy/v1beta1 PodDisruptionBudget", "policy/v1"],
]);

const apiRemoved: Rule<Draft> = {
  id: "api-removed",
  severity: "warning",
  check({ apiVersion, kind }, report) {
    const replacement = REMOVED.get(`${String(apiVersion)} ${String(kind)}`);
    if (replacement === undefined) return;
    report(["apiVersion"], `clusters no longer serve ${kind} in ${apiVersion}`, {
      hint: `write apiVersion: ${replacement}`,
    });
  },
};

const metadataRequired: Rule<Draft> = {
  id: "name-required",
  severity: "error",
  check({ metadata }, report) {
    if (metadata === undefined || metadata === null) {
      report(["metadata"], "metadata is missing, so the object has no name", {
        hint: "write metadata: with a name: below it",
      });
      return;
    }
    if (!isRecord(metadata)) return;
    const { name, generateName } = metadata;
    if (name !== undefined && name !== null && name !== "") return;
    const generated = typeof generateName === "string" && generateName !== "";
    report(
      ["metadata", "name"],
      generated
        ? "generateName makes another object each time it is read; a name is needed here"
        : "the object has no name",
      { hint: generated ? `write name: ${generateName}1` : "write name: under metadata" },
    );
  },
};

/** What makes an object an object; run before its fields are known to have the right types. */
export const identityRules: readonly Rule<Draft>[] = [
  apiVersionRequired,
  apiVersionFormat,
  kindRequired,
  kindMismatch,
  apiRemoved,
  metadataRequired,
];
