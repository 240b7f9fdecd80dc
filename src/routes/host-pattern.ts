/**
 * A host of routes: `shop.example.com`, `*.example.com`, or absent for any. In Ingresses the wildcard stands for one
 * label, in Gateway API for one or more.
 */
export interface HostPattern {
  /** Lower case, without the wildcard: `example.com`; empty for any host. */
  readonly suffix: string;
  readonly kind: "exact" | "one-label" | "labels" | "any";
}

export const ANY_HOST: HostPattern = { suffix: "", kind: "any" };

/** @param wildcard how many labels a wildcard stands for */
export function hostPattern(
  text: string | undefined,
  wildcard: "one-label" | "labels" = "labels",
): HostPattern {
  if (text === undefined || text === "" || text === "*") return ANY_HOST;
  const lower = text.toLowerCase();
  return lower.startsWith("*.")
    ? { suffix: lower.slice(2), kind: wildcard }
    : { suffix: lower, kind: "exact" };
}

export function matchesHost({ suffix, kind }: HostPattern, host: string): boolean {
  if (kind === "any") return true;
  if (kind === "exact") return host === suffix;
  if (!host.endsWith(`.${suffix}`)) return false;
  const labels = host.slice(0, -suffix.length - 1);
  return labels !== "" && (kind === "labels" || !labels.includes("."));
}

/** Which of two patterns for one host has precedence: the exact one, then the longer wildcard, then any. */
export function compareHosts(a: HostPattern, b: HostPattern): number {
  return rank(b) - rank(a) || b.suffix.length - a.suffix.length;
}

function rank({ kind }: HostPattern): number {
  if (kind === "exact") return 2;
  return kind === "any" ? 0 : 1;
}

/**
 * The intersection of two patterns: of a listener and a route in Gateway API, the more specific one.
 * @returns undefined where no host matches both
 */
export function intersectHosts(a: HostPattern, b: HostPattern): HostPattern | undefined {
  if (a.kind === "any") return b;
  if (b.kind === "any") return a;
  if (a.kind === "exact") return matchesHost(b, a.suffix) ? a : undefined;
  if (b.kind === "exact") return matchesHost(a, b.suffix) ? b : undefined;
  if (a.suffix === b.suffix) return a.kind === "one-label" ? a : b;
  if (a.suffix.endsWith(`.${b.suffix}`)) return a;
  return b.suffix.endsWith(`.${a.suffix}`) ? b : undefined;
}

export function formatHost({ suffix, kind }: HostPattern): string {
  if (kind === "any") return "*";
  return kind === "exact" ? suffix : `*.${suffix}`;
}
