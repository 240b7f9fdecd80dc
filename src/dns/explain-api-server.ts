import type { ExplainContext } from "./explain-context.ts";
import type { Finding } from "./finding.ts";

/**
 * Why programs that were written for a cluster don't find its API server: `kubernetes.default`, in any of its longer
 * forms, and names below it. Undefined for any other name, and where that Service exists.
 * @param name in lower case, with its final dot
 */
export function missingApiServer(
  name: string,
  { catalog, settings: { primaryZone } }: ExplainContext,
): Finding | undefined {
  const zone = `.svc.${primaryZone}`;
  const rest = name.endsWith(zone)
    ? name.slice(0, -zone.length)
    : name.replace(/(?:\.svc)?\.$/, "");
  if (!/(?:^|\.)kubernetes\.default$/.test(rest)) return undefined;
  if (catalog.entry("default", "kubernetes")?.service !== undefined) return undefined;
  return {
    reason: "no API server runs here, so there is no Service default/kubernetes",
    hints: [
      "to have it lead to one, say where: up --api-server ADDRESS:PORT, or apiServer: in kubelane.yaml",
    ],
  };
}
