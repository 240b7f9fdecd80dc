import { valueAt } from "../../api/custom/json-path.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { byName } from "./selection.ts";

type Order = (a: KubernetesObject, b: KubernetesObject) => number;

/**
 * The order of `--sort-by`, as in kubectl: by a field, written `.metadata.name` or `{.metadata.name}`; objects
 * without it come first. Without the option, by name.
 * @throws CommandError for an invalid path
 */
export function sortOrder(path: string | undefined): Order {
  if (path === undefined) return byName;
  const fields = path.replace(/^\{(.*)\}$/, "$1").replace(/^(?![.[])/, ".");
  if (!/^(?:\.[\w-]+|\['[^']+'\]|\[\d+\])+$/.test(fields)) {
    const next = "name a field, for example --sort-by=.metadata.creationTimestamp";
    throw new CommandError(EXIT.usage, `--sort-by ${JSON.stringify(path)} is no field`, next);
  }
  // Created on demand, as it takes milliseconds.
  const natural = new Intl.Collator("en", { numeric: true });
  return (a, b) => compare(valueAt(a, fields), valueAt(b, fields), natural) || byName(a, b);
}

function compare(a: unknown, b: unknown, natural: Intl.Collator): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return natural.compare(String(a), String(b));
}
