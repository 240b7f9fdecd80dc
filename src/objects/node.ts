import type { Node } from "./cluster.ts";

/** The addresses of a node at which its NodePorts are. */
export function nodeAddresses({ status }: Node): readonly string[] {
  return (status?.addresses ?? [])
    .filter(({ type }) => type === "InternalIP" || type === "ExternalIP")
    .map(({ address }) => address);
}
