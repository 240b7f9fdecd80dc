import type { PointOfView } from "../dns/dns.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit-code.ts";

/**
 * Who asks: a namespace (`-n`), or one of its pods (`--as pod/NAME`), whose dnsPolicy and dnsConfig then
 * count (D.15).
 * @throws CommandError for something else than a pod.
 */
export function pointOfView(options: Readonly<Record<string, unknown>>): PointOfView {
  const namespace = options["namespace"] as string;
  const as = options["as"] as string | undefined;
  if (as === undefined) return { namespace };
  const [, pod] = /^(?:(?:pods?|po)\/)?([^/]+)$/.exec(as) ?? [];
  if (pod !== undefined) return { namespace, pod };
  throw new CommandError(
    EXIT.usage,
    `--as ${as} is no pod`,
    "write --as pod/NAME, and -n NAMESPACE",
  );
}
