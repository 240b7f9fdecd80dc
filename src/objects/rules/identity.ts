import { nearestName } from "../../diagnostics/nearest-name.ts";
import type { Resource } from "../api-resource.ts";
import { isRecord, type Json, quote } from "../json.ts";
import { groupOf } from "../object.ts";
import { kindOf } from "../registry.ts";
import { findResource, RESOURCES, resourceOf } from "../resource.ts";
import type { Rule } from "../rule.ts";

const apiVersionRequired: Rule<Json> = {
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

const kindRequired: Rule<Json> = {
  id: "kind-required",
  severity: "error",
  check({ kind }, report) {
    if (typeof kind === "string" && kind !== "") return;
    report(["kind"], "kind is missing, so nobody can tell what this object is", {
      hint: "write a kind at the top: Pod, Service, Deployment, ...",
    });
  },
};

const apiVersionFormat: Rule<Json> = {
  id: "api-version-format",
  severity: "error",
  check({ apiVersion }, report) {
    if (typeof apiVersion !== "string" || apiVersion === "") return;
    if (/^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]+$/.test(apiVersion)) return;
    report(["apiVersion"], `${quote(apiVersion)} is neither "version" nor "group/version"`);
  },
};

/** Former groups of Kubernetes. */
const FORMER_GROUPS: readonly string[] = ["extensions", "settings.k8s.io"];

/** Groups that Kubernetes itself serves: kinds of these that are missing in the table do not exist. */
const OWN_GROUPS: ReadonlySet<string> = new Set([
  ...RESOURCES.filter(({ custom }) => !custom).map(({ group }) => group),
  ...FORMER_GROUPS,
]);

/** A kind and version that the server should know but doesn't. */
function findStranger({
  apiVersion,
  kind,
}: Json): { apiVersion: string; kind: string } | undefined {
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  if (
    apiVersion === "" ||
    kind === "" ||
    apiVersion.split("/").length > 2 ||
    !OWN_GROUPS.has(groupOf(apiVersion))
  )
    return undefined;
  return resourceOf(apiVersion, kind) === undefined ? { apiVersion, kind } : undefined;
}

/** The present version of the same kind, in its own group or another. */
function presentOf(apiVersion: string, kind: string): Resource | undefined {
  const sameKind = RESOURCES.filter((resource) => resource.kind === kind);
  return sameKind.find(({ group }) => group === groupOf(apiVersion)) ?? sameKind[0];
}

/** Versions that servers had before the stable one. */
function isFormer(apiVersion: string): boolean {
  return /^v[0-9]+(?:alpha|beta)[0-9]+$/.test(apiVersion.slice(apiVersion.indexOf("/") + 1));
}

const kindMismatch: Rule<Json> = {
  id: "kind-group",
  severity: "error",
  check(object, report) {
    const { apiVersion, kind } = findStranger(object) ?? {};
    if (apiVersion === undefined || kind === undefined) return;
    const present = presentOf(apiVersion, kind);
    if (present !== undefined) {
      if (isFormer(apiVersion)) return;
      report(["apiVersion"], `there is no ${kind} in ${quote(apiVersion)}`, {
        hint: `write apiVersion: ${present.apiVersion}`,
        edit: { to: present.apiVersion },
      });
      return;
    }
    const inGroup = RESOURCES.filter(({ group }) => group === groupOf(apiVersion));
    const near =
      findResource(kind)?.kind ??
      nearestName(
        kind,
        inGroup.map((resource) => resource.kind),
      );
    report(["kind"], `there is no kind ${quote(kind)} in ${quote(apiVersion)}`, {
      hint: near && `did you mean ${near}?`,
    });
  },
};

const apiRemoved: Rule<Json> = {
  id: "api-removed",
  severity: "error",
  check(object, report) {
    const { apiVersion, kind } = findStranger(object) ?? {};
    if (apiVersion === undefined || kind === undefined || !isFormer(apiVersion)) return;
    const present = presentOf(apiVersion, kind);
    if (present === undefined) return;
    report(["apiVersion"], `clusters no longer serve ${kind} in ${apiVersion}`, {
      hint: `write apiVersion: ${present.apiVersion}`,
      // For the other kinds more than the version changed, so there is no automatic fix.
      ...(kind === "CronJob" ? { edit: { to: present.apiVersion } } : {}),
    });
  },
};

/**
 * The placeholder name of an object with generateName; always the same, so that the object is recognized when it is
 * read again.
 */
export function generatedName({ kind, metadata }: Json): string | undefined {
  const { name, generateName } = isRecord(metadata) ? metadata : {};
  if (hasText(name)) return undefined;
  if (hasText(generateName)) return `${generateName}00000`;
  return kindOf(String(kind))?.namesItself === true
    ? `${String(kind).toLowerCase()}-00000`
    : undefined;
}

const metadataRequired: Rule<Json> = {
  id: "name-required",
  severity: "error",
  check(object, report) {
    const { metadata } = object;
    if (generatedName(object) !== undefined) return;
    if (metadata === undefined || metadata === null) {
      report(["metadata", "name"], "metadata is missing, so the object has no name", {
        hint: "write metadata: with a name: below it",
      });
    } else if (isRecord(metadata) && !hasText(metadata["name"])) {
      report(["metadata", "name"], "the object has no name", {
        hint: "write name: under metadata",
      });
    }
  },
};

const nameGenerated: Rule<Json> = {
  id: "name-generated",
  severity: "warning",
  check(object, report) {
    const name = generatedName(object);
    if (name === undefined) return;
    const message = `each kubectl create makes another object of this; here it is ${quote(name)}`;
    report(["metadata", "generateName"], message, {
      hint: `write name: ${name}, with which it can be applied`,
    });
  },
};

function hasText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** The rules that every object must meet; run before its fields are known to have the right types. */
export const identityRules: readonly Rule<Json>[] = [
  apiVersionRequired,
  apiVersionFormat,
  kindRequired,
  kindMismatch,
  apiRemoved,
  metadataRequired,
  nameGenerated,
];
