import { applyDefaults } from "./apply-defaults.ts";
import { decode } from "./decode.ts";
import { type Definition, definitionNamed } from "./definition.ts";
import type { Finding } from "./finding.ts";
import { describeValue, isRecord, type Json } from "./json.ts";
import { groupKind, groupKindOf, type KubernetesObject } from "./object.ts";
import { Place } from "./place.ts";
import { allParts, kindOf } from "./registry.ts";
import { isBefore, kindSince, NEWEST, type Release } from "./release.ts";
import { DEFAULT_NAMESPACE, isClusterScoped, resourceOf } from "./resource.ts";
import { runRules } from "./rule.ts";
import { generatedName, identityRules } from "./rules/identity.ts";
import { checkName, namespaceIgnored } from "./rules/name.ts";
import { validate } from "./validate.ts";

/** The result of admitting an object. */
export interface Admission {
  /** Absent when an error makes it impossible to serve the object. */
  readonly object?: KubernetesObject;
  readonly findings: readonly Finding[];
}

/**
 * Validates a JSON value as an API server would: decodes it, sets the namespace, checks the rules, and fills in
 * defaults. Nothing is changed in place.
 * @param namespace of a namespaced object that names none.
 * @param release of the server.
 */
export function admit(
  value: unknown,
  namespace: string = DEFAULT_NAMESPACE,
  release: Release = NEWEST,
): Admission {
  if (!isRecord(value)) {
    const message = "an object is a mapping with apiVersion, kind, metadata and so on";
    return { findings: [{ rule: "not-an-object", severity: "error", message, path: [] }] };
  }
  let findings: Finding[] = [];
  runRules(identityRules, value, findings);
  checkKindSince(value, release, findings);
  const kind = groupKind(textOf(value["apiVersion"]), textOf(value["kind"]));
  const resource = resourceOf(textOf(value["apiVersion"]), textOf(value["kind"]));
  const definition = resource === undefined ? UNKNOWN : definitionNamed(resource.definition);
  const read =
    resource === undefined
      ? decodeUnknown(value, findings)
      : decode(value, definition, [], findings, release);
  if (definition.custom) findings = findings.filter((finding) => !isDropped(finding));
  if (findings.some(isFatal)) {
    checkMetadata(read, findings);
    return { findings };
  }
  const object = named(read as KubernetesObject);
  checkObject(object, definition, new Place(findings, release), findings);
  if (findings.some(isFatal)) return { findings };
  return { object: applyDefaults(withNamespace(object, kind, namespace)), findings };
}

function checkKindSince({ apiVersion, kind }: Json, release: Release, findings: Finding[]): void {
  const since = kindSince(textOf(apiVersion), textOf(kind));
  if (since === undefined || !isBefore(release, since)) return;
  const message = `Kubernetes ${release} has no ${textOf(kind)} in ${textOf(apiVersion)}`;
  const hint = `it is there from ${since} on`;
  findings.push({ rule: "kind-group", severity: "error", message, hint, path: ["apiVersion"] });
}

/** An object of an unknown kind is checked for what every object has. */
const UNKNOWN: Definition = {
  name: "",
  custom: true,
  atomic: false,
  fields: new Map([["metadata", definitionNamed("core/v1.Pod").fields.get("metadata")!]]),
};

function decodeUnknown(value: Json, findings: Finding[]): Json {
  const { apiVersion, kind, metadata } = value;
  for (const [name, text] of Object.entries({ apiVersion, kind })) {
    if (text === undefined || text === null || typeof text === "string") continue;
    const message = `expected a string, found ${describeValue(text)}`;
    findings.push({ rule: "field-type", severity: "error", message, path: [name] });
  }
  if (metadata === undefined || metadata === null) return value;
  const read = decode(metadata, definitionNamed("meta/v1.ObjectMeta"), ["metadata"], findings);
  return read === metadata ? value : { ...value, metadata: read };
}

/**
 * The status of a new custom resource is dropped: a server drops it before validation, and that of another version
 * may lack fields.
 */
function isDropped({ path, rule }: Finding): boolean {
  return path[0] === "status" && rule === "field-required";
}

/** A name for an object that has none. */
function named(object: KubernetesObject): KubernetesObject {
  const name = generatedName(object as unknown as Json);
  return name === undefined ? object : { ...object, metadata: { ...object.metadata, name } };
}

/** The findings of {@link admit}. */
export function validateObject(value: unknown): readonly Finding[] {
  return admit(value).findings;
}

/** All rules of an object beyond its fields' types. */
function checkObject(
  object: KubernetesObject,
  definition: Definition,
  root: Place,
  findings: Finding[],
): void {
  const kind = kindOf(groupKindOf(object));
  checkName(object, kind, root);
  validate(object as unknown as Json, definition, root, allParts());
  runRules([namespaceIgnored, ...(kind?.advice ?? [])], object, findings);
}

/** Labels are checked even where the rest is invalid. */
function checkMetadata(read: unknown, findings: Finding[]): void {
  if (!isRecord(read) || !isRecord(read["metadata"])) return;
  const { labels, annotations } = read["metadata"];
  const metadata = { labels: textsOf(labels), annotations: textsOf(annotations) };
  const place = new Place(findings).at("metadata");
  validate(metadata, definitionNamed("meta/v1.ObjectMeta"), place, allParts());
}

function textsOf(map: unknown): Json {
  const entries = isRecord(map) ? Object.entries(map) : [];
  return Object.fromEntries(entries.filter(([, value]) => typeof value === "string"));
}

/** As kubectl and the API server fill it in: the namespace of the request for namespaced kinds, none for the others. */
function withNamespace(object: KubernetesObject, kind: string, fallback: string): KubernetesObject {
  const { namespace, ...metadata } = object.metadata;
  if (isClusterScoped(kind)) return namespace === undefined ? object : { ...object, metadata };
  if (namespace !== undefined && namespace !== "") return object;
  return { ...object, metadata: { ...object.metadata, namespace: fallback } };
}

function isFatal({ severity, usable }: Finding): boolean {
  return severity === "error" && usable !== true;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
