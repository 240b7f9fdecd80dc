import { isDeepStrictEqual } from "node:util";
import type { FieldSelector } from "../labels/field-selector.ts";
import type { Selector } from "../labels/selector.ts";
import { admit } from "../objects/admit.ts";
import type { Resource } from "../objects/api-resource.ts";
import { immutableFindings } from "../objects/immutable.ts";
import { isRecord } from "../objects/json.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Operation } from "../store/operation.ts";
import type { Store } from "../store/store.ts";
import { toCauses, unknownField } from "./admission.ts";
import { admitCustom, inStorage } from "./custom/admit-custom.ts";
import { CUSTOM_RESOURCE_DEFINITION, versionOf } from "./custom/definition.ts";
import { definitionErrors } from "./custom/definition-errors.ts";
import { type DeleteOptions, deletionOf } from "./deletion.ts";
import { isOnlyOfCreation } from "./ephemeral-containers.ts";
import { counted } from "./generation.ts";
import { byKey, KeyOrder } from "./key-order.ts";
import { ListPages, type ObjectList } from "./list-pages.ts";
import { mergeTypeFor } from "./merge-type-for.ts";
import { nameFrom } from "./name-generator.ts";
import { objectPart } from "./object-part.ts";
import type { ApiWrite } from "./overrides.ts";
import {
  applyFields,
  formatSteps,
  type Manager,
  updateOwners,
} from "./ownership/managed-fields.ts";
import { applyJsonPatch } from "./patch/json-patch.ts";
import { mergePatch } from "./patch/merge-patch.ts";
import { strategicMergePatch } from "./patch/strategic-merge-patch.ts";
import {
  alreadyExists,
  badRequest,
  changedMeanwhile,
  conflict,
  invalid,
  notFound,
  StatusError,
  unsupportedMediaType,
} from "./status.ts";
import { hasGeneration, hasStatus, withoutSystemFields } from "./written-by-server.ts";

export interface RegistryOptions {
  readonly store: Store;
  readonly now: () => Date;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Whether something ends a deleted Pod and then deletes the object; otherwise the object is deleted at once. */
  readonly isEndedLater: (object: KubernetesObject) => boolean;
  /** Errors of control loops after a successful change. */
  readonly onError: (error: unknown) => void;
  /** Called after each write. */
  readonly onWritten: (write: ApiWrite) => void;
  /** Resolves when all writes so far are on disk, if they are kept there. */
  readonly saved: () => Promise<void>;
}

/** The resource or object that a request addresses. */
export interface Target {
  readonly resource: Resource;
  /** Empty for cluster-scoped resources. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

export interface WriteOptions {
  readonly fieldManager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
}

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
  /** Server-side apply with force: conflicts are overridden. */
  readonly force: boolean;
}

export const PATCH_TYPES = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
} as const;

export type PatchType = (typeof PATCH_TYPES)[keyof typeof PATCH_TYPES];

export interface Selection {
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector: Selector | undefined;
  readonly fieldSelector: FieldSelector | undefined;
}

export interface ListQuery extends Selection {
  readonly limit: number;
  readonly continue: string;
}

/** The result of a write. */
export interface Written {
  readonly object: KubernetesObject;
  readonly created: boolean;
  /** Warnings for the client: findings that would be errors with strict validation. */
  readonly warnings: readonly string[];
}

/**
 * An API server's handling of objects over the store: names, versions, owners of fields, defaults, rules. The store
 * settles synchronously, so nothing can change between reading and writing here.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #store: Store;
  readonly #pages = new ListPages();
  readonly #order: KeyOrder;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#order = new KeyOrder(options.store);
  }

  get resourceVersion(): string {
    return String(this.#store.resourceVersion);
  }

  /** @throws StatusError NotFound */
  get({ resource, namespace, name }: Target): KubernetesObject {
    const object = this.#find(resource, namespace, name);
    if (object === undefined) throw notFound(resource, name);
    return object;
  }

  /** @throws StatusError Expired for a page of a list that is not kept any more */
  list(resource: Resource, query: ListQuery): ObjectList {
    const { limit, continue: token } = query;
    if (token !== "") return inVersions(this.#pages.next(token, limit), resource);
    const { labelSelector, fieldSelector, namespace } = query;
    const { groupKind } = resource;
    const isWhole = labelSelector === undefined && fieldSelector === undefined;
    const items = isWhole
      ? this.#order.list(groupKind, namespace)
      : this.#store.list(groupKind, selectionOf(query)).toSorted(byKey);
    return inVersions(this.#pages.first(items, this.resourceVersion, limit), resource);
  }

  /** @throws StatusError */
  create({ resource, namespace, name }: Target, body: unknown, options: WriteOptions): Written {
    const given = readBody(body, resource, namespace, name);
    const { metadata } = given;
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== "") {
      throw badRequest("resourceVersion should not be set on objects to be created");
    }
    const named = this.#withName(given);
    const { object: admitted, warnings } = this.#admit(
      withoutSystemFields(named, resource),
      resource,
      options,
    );
    const target = { resource, namespace, name: admitted.metadata.name, subresource: "" };
    if (this.#find(resource, namespace, target.name) !== undefined) {
      throw alreadyExists(resource, target.name);
    }
    this.#requireNamespace(namespace, resource);
    const first = hasGeneration(resource)
      ? { ...admitted, metadata: { ...admitted.metadata, generation: 1 } }
      : admitted;
    const owned = this.#owned(undefined, first, resource, "", options);
    return { object: this.#write(owned, target, options), created: true, warnings };
  }

  /** @throws StatusError */
  update(target: Target, body: unknown, options: WriteOptions): Written {
    const { resource, namespace, name } = target;
    const given = readBody(body, resource, namespace, name);
    const current = this.get(target);
    checkPreconditions(current, given, resource);
    return this.#replace(target, current, given, options);
  }

  /** @throws StatusError */
  patch(target: Target, patch: unknown, options: PatchOptions): Written {
    const { resource, namespace, name } = target;
    const current = this.#find(resource, namespace, name);
    if (options.type === "apply") return this.#apply(target, current, patch, options);
    if (current === undefined) throw notFound(resource, name);
    const patched = applyPatchTo(current, patch, resource.definition, options.type);
    const given = readBody(patched, resource, namespace, name);
    const { resourceVersion } = given.metadata;
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
      throw changedMeanwhile(resource, name);
    }
    return this.#replace(target, current, given, options);
  }

  /** @returns the deleted object, or its present state while finalizers remain @throws StatusError */
  delete(
    target: Target,
    options: DeleteOptions & { readonly dryRun: boolean },
  ): { readonly object: KubernetesObject; readonly isGone: boolean } {
    const { resource } = target;
    const current = this.get(target);
    const { uid, resourceVersion } = options.preconditions;
    if (uid !== undefined && uid !== current.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
      throw conflict(resource, target.name, why);
    }
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
      throw changedMeanwhile(resource, target.name);
    }
    const stored = this.#stored(current);
    const operations = deletionOf(stored, options, {
      now: this.#options.now(),
      isEndedLater: this.#options.isEndedLater(stored),
      dependents: this.#store.dependents(stored.metadata.uid ?? ""),
    });
    if (options.dryRun) return { object: current, isGone: true };
    this.#applyOperations(operations, stored, "");
    const left = this.#find(resource, target.namespace, target.name);
    const isSame = left?.metadata.uid === current.metadata.uid;
    return { object: isSame ? left! : current, isGone: !isSame };
  }

  /** @throws StatusError */
  deleteCollection(
    resource: Resource,
    selection: Selection,
    options: DeleteOptions & { readonly dryRun: boolean },
  ): readonly KubernetesObject[] {
    const objects = this.#store.list(resource.groupKind, selectionOf(selection));
    return objects.map(({ metadata: { namespace = "", name } }) => {
      return this.delete({ resource, namespace, name, subresource: "" }, options).object;
    });
  }

  /** Works on the stored version; the request may ask for another version of the kind. */
  #find(resource: Resource, namespace: string, name: string): KubernetesObject | undefined {
    const object = this.#store.get(resource.groupKind, namespace, name);
    return object && inVersion(object, resource);
  }

  #stored(object: KubernetesObject): KubernetesObject {
    const { kind, namespace, name } = keyOf(object);
    return this.#store.get(kind, namespace, name) ?? object;
  }

  #replace(
    target: Target,
    current: KubernetesObject,
    given: KubernetesObject,
    options: WriteOptions,
  ): Written {
    const { resource, subresource } = target;
    const next = written(current, given, resource, subresource);
    const { object: admitted, warnings } = this.#admit(next, resource, options, current);
    checkChange(current, admitted, target);
    const counted = withGeneration(current, admitted, resource);
    const owned = this.#owned(current, counted, resource, subresource, options);
    // A change of ownership alone, or only of its times, does not count as a change.
    const object = isSameButOwners(current, owned) ? keepTimes(current, owned) : owned;
    return { object: this.#write(object, target, options), created: false, warnings };
  }

  #apply(
    target: Target,
    current: KubernetesObject | undefined,
    patch: unknown,
    options: PatchOptions,
  ): Written {
    const { resource, namespace, name, subresource } = target;
    const given = readBody(patch, resource, namespace, name);
    if (given.metadata.managedFields !== undefined) {
      throw badRequest("metadata.managedFields must be nil");
    }
    const { uid } = given.metadata;
    if (current === undefined) {
      if (subresource !== "") throw notFound(resource, name);
      if (uid !== undefined)
        throw conflict(
          resource,
          name,
          `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
        );
      this.#requireNamespace(namespace, resource);
    } else {
      checkPreconditions(current, given, resource);
    }
    const applied = withoutSystemFields(reset(given, resource, subresource), resource, subresource);
    const result = applyFields(current, applied, {
      manager: {
        manager: options.fieldManager,
        operation: "Apply",
        apiVersion: resource.apiVersion,
        subresource,
      },
      type: mergeTypeFor(resource, this.#store),
      force: options.force,
      now: timestamp(this.#options.now()),
    });
    if (Array.isArray(result)) throw applyConflict(result, resource, name);
    const merged = asPart(current, result as KubernetesObject, subresource);
    const { object: admitted, warnings } = this.#admit(merged, resource, options, current);
    if (current === undefined) {
      const metadata = { ...admitted.metadata, ...(hasGeneration(resource) && { generation: 1 }) };
      const object = this.#write({ ...admitted, metadata }, target, options);
      return { object, created: true, warnings };
    }
    checkChange(current, admitted, target);
    const counted = withGeneration(current, admitted, resource);
    const object = isSameButOwners(current, counted) ? keepTimes(current, counted) : counted;
    return { object: this.#write(object, target, options), created: false, warnings };
  }

  /** @param before the present object; undefined for a new one */
  #admit(
    given: KubernetesObject,
    resource: Resource,
    { fieldValidation }: WriteOptions,
    before?: KubernetesObject,
  ): { readonly object: KubernetesObject; readonly warnings: readonly string[] } {
    const version = versionOf(resource, this.#store);
    const custom = version && admitCustom(given, version, before);
    const { object: admitted, findings } = admit(custom?.object ?? given);
    const found = toCauses(
      before === undefined ? findings : findings.filter((each) => !isOnlyOfCreation(each)),
    );
    const isDefinition = resource.groupKind === CUSTOM_RESOURCE_DEFINITION;
    const ofSchemas = isDefinition && admitted ? definitionErrors(admitted) : undefined;
    const unknown = (custom?.dropped ?? []).map(unknownField);
    const strict = [...unknown, ...found.strict];
    const causes = [...found.causes, ...(custom?.causes ?? []), ...(ofSchemas?.causes ?? [])];
    if (strict.length > 0 && fieldValidation === "Strict") {
      throw badRequest(
        `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${strict.join(", ")}`,
      );
    }
    if (causes.length > 0 || admitted === undefined) {
      throw invalid(resource, given.metadata.name, causes);
    }
    const told = [...found.warnings, ...(ofSchemas?.warnings ?? [])];
    const warnings = fieldValidation === "Ignore" ? told : [...strict, ...told];
    return { object: withScope(admitted, resource), warnings };
  }

  #owned(
    before: KubernetesObject | undefined,
    after: KubernetesObject,
    resource: Resource,
    subresource: string,
    { fieldManager }: WriteOptions,
  ): KubernetesObject {
    const manager: Manager & { operation: "Update" } = {
      manager: fieldManager,
      operation: "Update",
      apiVersion: resource.apiVersion,
      subresource,
    };
    const type = mergeTypeFor(resource, this.#store);
    return updateOwners(before, after, manager, type, timestamp(this.#options.now()));
  }

  #write(object: KubernetesObject, target: Target, options: WriteOptions): KubernetesObject {
    if (options.dryRun) return this.#asIfWritten(object, target);
    const stored = inStorage(object, target.resource, this.#store);
    this.#applyOperations([{ op: "put", object: stored }], stored, options.fieldManager);
    // It may be deleted by now: the last finalizer was removed, or a control loop deleted it.
    return this.#find(target.resource, target.namespace, target.name) ?? object;
  }

  #asIfWritten(object: KubernetesObject, { resource, namespace, name }: Target): KubernetesObject {
    const current = this.#find(resource, namespace, name);
    const { uid, creationTimestamp, resourceVersion } = current?.metadata ?? {};
    const metadata = {
      ...object.metadata,
      uid: uid ?? globalThis.crypto.randomUUID(),
      creationTimestamp: creationTimestamp ?? timestamp(this.#options.now()),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    return { ...object, metadata };
  }

  /** @param about the object for error messages */
  #applyOperations(operations: readonly Operation[], about: KubernetesObject, by: string): void {
    const key = keyOf(about);
    const { kind, namespace, name } = key;
    const before = this.#store.get(kind, namespace, name);
    try {
      this.#store.apply(operations);
    } catch (error) {
      // The store completes the rest before it throws.
      this.#options.onError(error);
    }
    const after = this.#store.get(kind, namespace, name);
    if (after !== before) this.#options.onWritten({ key, before, after, by });
  }

  #withName(object: KubernetesObject): KubernetesObject {
    const { name, generateName } = object.metadata as { name?: string; generateName?: string };
    if (name || !generateName) return object;
    const generated = nameFrom(generateName, this.#options.random);
    return { ...object, metadata: { ...object.metadata, name: generated } };
  }

  /** @throws StatusError NotFound, or Forbidden for a namespace that is being deleted */
  #requireNamespace(namespace: string, resource: Resource): void {
    if (!resource.namespaced) return;
    const found = this.#store.get("Namespace", "", namespace);
    const namespaces = { group: "", plural: "namespaces" };
    if (found === undefined) throw notFound(namespaces, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    throw new StatusError(
      403,
      "Forbidden",
      `${resource.plural} is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    );
  }
}

function selectionOf({ namespace, labelSelector, fieldSelector }: Selection) {
  return {
    ...(namespace !== undefined && { namespace }),
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
  };
}

/** Whether objects have a namespace is known from their definition, not from the kind alone. */
function withScope(object: KubernetesObject, { namespaced }: Resource): KubernetesObject {
  if (namespaced || object.metadata.namespace === undefined) return object;
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** An object in the requested version; kinds that differ between versions define a conversion. */
export function inVersion(object: KubernetesObject, { apiVersion }: Resource): KubernetesObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function inVersions(list: ObjectList, resource: Resource): ObjectList {
  return { ...list, items: list.items.map((object) => inVersion(object, resource)) };
}

/** @throws StatusError for a body that contradicts the path */
function readBody(
  body: unknown,
  resource: Resource,
  namespace: string,
  name: string,
): KubernetesObject {
  if (!isRecord(body)) throw badRequest("the body of the request is no object");
  const { apiVersion = resource.apiVersion, kind = resource.kind } = body;
  if (apiVersion !== resource.apiVersion || kind !== resource.kind) {
    throw badRequest(
      `the API version or kind in the data (${apiVersion}, ${kind}) does not match the expected (${resource.apiVersion}, ${resource.kind})`,
    );
  }
  const metadata = body["metadata"] ?? {};
  if (!isRecord(metadata)) throw badRequest("metadata: Invalid value: it is a mapping");
  if (resource.namespaced && metadata["namespace"] && metadata["namespace"] !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  if (name !== "" && metadata["name"] && metadata["name"] !== name) {
    throw badRequest(
      `the name of the object (${metadata["name"]}) does not match the name on the URL (${name})`,
    );
  }
  const { namespace: _, ...rest } = metadata;
  return {
    ...body,
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: {
      ...rest,
      ...(name !== "" && { name }),
      ...(resource.namespaced && { namespace }),
    } as KubernetesObject["metadata"],
  };
}

function checkPreconditions(
  current: KubernetesObject,
  given: KubernetesObject,
  resource: Resource,
): void {
  const { uid, resourceVersion } = given.metadata;
  if (uid !== undefined && uid !== "" && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(resource, current.metadata.name, why);
  }
  if (
    resourceVersion !== undefined &&
    resourceVersion !== "" &&
    resourceVersion !== current.metadata.resourceVersion
  ) {
    throw changedMeanwhile(resource, current.metadata.name);
  }
}

/**
 * The part that a request may change: the main endpoint keeps the status, `status` keeps everything else. Fields that
 * the server writes are kept.
 */
function written(
  current: KubernetesObject,
  given: KubernetesObject,
  resource: Resource,
  subresource: string,
): KubernetesObject {
  const { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds } =
    current.metadata;
  const kept = {
    ...(uid !== undefined && { uid }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(generation !== undefined && { generation }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
  };
  if (objectPart(subresource) !== undefined) return asPart(current, given, subresource);
  const {
    uid: _uid,
    creationTimestamp: _created,
    generation: _generation,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    resourceVersion: _version,
    ...metadata
  } = given.metadata;
  const next = { ...given, metadata: { ...metadata, ...kept } };
  if (!hasStatus(resource)) return next;
  const { status: _, ...rest } = next;
  return current.status === undefined ? rest : { ...rest, status: current.status };
}

/** The object after a write to a subresource that changes one part. */
function asPart(
  current: KubernetesObject | undefined,
  given: KubernetesObject,
  subresource: string,
): KubernetesObject {
  return (current && objectPart(subresource)?.take(current, given)) ?? given;
}

/** Fields that can't be applied through a subresource are removed first. */
function reset(given: KubernetesObject, resource: Resource, subresource: string): KubernetesObject {
  const part = objectPart(subresource);
  if (part?.reset !== undefined) return part.reset(given);
  if (!hasStatus(resource)) return given;
  const { status: _, ...rest } = given;
  return rest;
}

function withGeneration(
  current: KubernetesObject,
  next: KubernetesObject,
  resource: Resource,
): KubernetesObject {
  return hasGeneration(resource) ? counted(current, next) : next;
}

function isSameButOwners(current: KubernetesObject, next: KubernetesObject): boolean {
  const strip = ({ metadata, ...rest }: KubernetesObject) => {
    const { managedFields: _, resourceVersion: _version, ...others } = metadata;
    return { ...rest, metadata: others };
  };
  return isDeepStrictEqual(strip(current), strip(next));
}

/** The former managedFields where the new ones differ only in their times. */
function keepTimes(current: KubernetesObject, next: KubernetesObject): KubernetesObject {
  const strip = ({ metadata }: KubernetesObject) =>
    (metadata.managedFields ?? []).map(({ time: _, ...entry }) => entry);
  const { managedFields } = current.metadata;
  if (managedFields === undefined || !isDeepStrictEqual(strip(current), strip(next))) return next;
  return { ...next, metadata: { ...next.metadata, managedFields } };
}

/** @throws StatusError for a change that is not allowed through this endpoint */
function checkChange(
  current: KubernetesObject,
  next: KubernetesObject,
  { resource, subresource }: Target,
): void {
  if (subresource === "") checkImmutable(current, next, resource);
  else objectPart(subresource)?.check?.(current, next, resource);
}

function checkImmutable(
  current: KubernetesObject,
  next: KubernetesObject,
  resource: Resource,
): void {
  const { causes } = toCauses(
    immutableFindings(current, next).map((finding) => ({ ...finding, severity: "error" as const })),
  );
  if (causes.length > 0) throw invalid(resource, next.metadata.name, causes);
}

/**
 * Applies a patch of any type except server-side apply.
 * @param definition of the object; empty for custom resources, which have no strategic merge patch
 * @throws StatusError
 */
export function applyPatchTo(
  current: unknown,
  patch: unknown,
  definition: string,
  type: Exclude<PatchType, "apply">,
): unknown {
  switch (type) {
    case "json":
      return applyJsonPatch(current, patch);
    case "merge":
      return mergePatch(current, patch);
    case "strategic":
      if (definition === "") {
        throw unsupportedMediaType(
          `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml`,
        );
      }
      return strategicMergePatch(current, patch, definition);
  }
}

function applyConflict(
  conflicts: Exclude<ReturnType<typeof applyFields>, KubernetesObject>,
  resource: Resource,
  name: string,
): StatusError {
  const causes = conflicts.map(({ manager, operation, apiVersion, time, subresource, path }) => {
    const through = subresource === "" ? "" : ` with subresource "${subresource}"`;
    const when = operation === "Update" ? ` using ${apiVersion}${time ? ` at ${time}` : ""}` : "";
    return {
      reason: "FieldManagerConflict",
      message: `conflict with "${manager}"${through}${when}`,
      field: formatSteps(path),
    };
  });
  const count = causes.length === 1 ? "1 conflict" : `${causes.length} conflicts`;
  const first = causes[0]!;
  const message =
    causes.length === 1
      ? `Apply failed with ${count}: ${first.message}: ${first.field}`
      : `Apply failed with ${count}: ${causes.map((c) => `${c.message}: ${c.field}`).join(", ")}`;
  return conflict(resource, name, message, causes);
}
