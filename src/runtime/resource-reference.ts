import { availableParallelism, totalmem } from "node:os";
import type { Container } from "../objects/pod.ts";

interface WithResources {
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string | number>>;
    readonly requests?: Readonly<Record<string, string | number>>;
  };
}

interface ResourceFieldReference {
  readonly resource: string;
  readonly divisor?: string | number;
}

/**
 * The value of a `resourceFieldRef`, rounded up to the divisor. A limit that is not set defaults to the machine's
 * capacity, as on a node; nothing is enforced.
 * @returns undefined when neither the container nor the machine has a value.
 */
export function resourceReference(
  reference: ResourceFieldReference,
  container: Container,
): string | undefined {
  const [list = "", resource = ""] = reference.resource.split(/\.(.*)/s);
  const { resources = {} } = container as WithResources;
  const given =
    list === "requests"
      ? (resources.requests?.[resource] ?? resources.limits?.[resource])
      : resources.limits?.[resource];
  const amount = (given === undefined ? undefined : quantity(given)) ?? ofMachine(resource);
  if (amount === undefined) return undefined;
  const divisor = quantity(reference.divisor ?? "1") || 1;
  return String(Math.ceil(amount / divisor - 1e-9));
}

function ofMachine(resource: string): number | undefined {
  if (resource === "cpu") return availableParallelism();
  if (resource === "memory") return totalmem();
  return undefined;
}

const SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["n", 1e-9],
  ["u", 1e-6],
  ["m", 1e-3],
  ...["k", "M", "G", "T", "P", "E"].map((s, i): [string, number] => [s, 1000 ** (i + 1)]),
  ...["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((s, i): [string, number] => [s, 1024 ** (i + 1)]),
]);

/** A Kubernetes quantity as a number: `250m` → 0.25, `64Mi` → 67108864; undefined for an invalid one. */
export function quantity(text: string | number): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text));
  const factor = SUFFIXES.get(match?.[2] ?? "-");
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}
