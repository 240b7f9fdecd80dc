import { parseFieldSelector } from "../labels/field-selector.ts";
import { parseSelector } from "../labels/parse.ts";
import type { DeleteOptions } from "./deletion.ts";
import type { Selection, WriteOptions } from "./registry.ts";
import { badRequest } from "./status.ts";

/** @throws StatusError for an invalid selector. */
export function readSelection(
  query: URLSearchParams,
  namespace: string | undefined,
  name: string | undefined,
): Selection {
  const labels = query.get("labelSelector") ?? "";
  const fields = query.get("fieldSelector") ?? "";
  const all =
    name === undefined ? fields : [fields, `metadata.name=${name}`].filter(Boolean).join(",");
  try {
    return {
      namespace,
      labelSelector: labels === "" ? undefined : parseSelector(labels),
      fieldSelector: all === "" ? undefined : parseFieldSelector(all),
    };
  } catch (cause) {
    throw badRequest(`unable to parse requirement: ${(cause as Error).message}`);
  }
}

/** @throws StatusError for an unknown value */
export function readWriteOptions(
  query: URLSearchParams,
  userAgent: string | undefined,
): WriteOptions {
  const validation = query.get("fieldValidation") || "Warn";
  if (validation !== "Ignore" && validation !== "Warn" && validation !== "Strict") {
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(validation)}: supported values: "Ignore", "Warn", "Strict"`,
    );
  }
  return {
    // As upstream: the default manager is the program's name in User-Agent, before its version.
    fieldManager:
      query.get("fieldManager") || userAgent?.split("/", 1)[0]?.slice(0, 128) || "unknown",
    dryRun: isDryRun(query.getAll("dryRun")),
    fieldValidation: validation,
  };
}

function isDryRun(values: readonly string[]): boolean {
  const wrong = values.find((value) => value !== "All" && value !== "");
  if (wrong === undefined) return values.includes("All");
  throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`);
}

/** Options of a deletion come in the query or the body; those of the body take precedence. */
export function readDeleteOptions(
  query: URLSearchParams,
  body: unknown,
): DeleteOptions & { readonly dryRun: boolean } {
  const given = (body ?? {}) as {
    readonly gracePeriodSeconds?: number;
    readonly propagationPolicy?: string;
    readonly orphanDependents?: boolean;
    readonly preconditions?: DeleteOptions["preconditions"];
    readonly dryRun?: readonly string[];
  };
  const grace = given.gracePeriodSeconds ?? numberOf(query.get("gracePeriodSeconds"));
  const orphans = given.orphanDependents ?? isSet(query, "orphanDependents");
  const policy =
    given.propagationPolicy ?? query.get("propagationPolicy") ?? (orphans ? "Orphan" : undefined);
  if (policy !== undefined && !isPolicy(policy)) {
    throw badRequest(
      `propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan"`,
    );
  }
  if (grace !== undefined && (!Number.isInteger(grace) || grace < 0)) {
    throw badRequest("gracePeriodSeconds must be a whole number of seconds that is not negative");
  }
  return {
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(policy !== undefined && { propagationPolicy: policy }),
    preconditions: given.preconditions ?? {},
    dryRun: isDryRun(given.dryRun ?? query.getAll("dryRun")),
  };
}

function isPolicy(policy: string): policy is NonNullable<DeleteOptions["propagationPolicy"]> {
  return ["Background", "Foreground", "Orphan"].includes(policy);
}

/** As API servers read it: `true`, `True`, `1` and an empty value all mean yes. */
export function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

export function numberOf(text: string | null): number | undefined {
  return text === null || text === "" ? undefined : Number(text);
}
