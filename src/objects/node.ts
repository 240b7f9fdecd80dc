import type { Node } from "./cluster.ts";

/** Where NodePorts of a node are. */
export function nodeAddresses({ status }: Node): readonly string[] {
  return (status?.addresses ?? [])
    .filter(({ type }) => type === "InternalIP" || type === "ExternalIP")
    .map(({ address }) => address);
}
