import type { LocalPlace } from "../../control/local-places.ts";
import type { Section } from "../section.ts";

/** Where this machine reaches what a pod listens on. */
export function portsOnMachine({ exposed = [] }: LocalPlace): Section | undefined {
  if (exposed.length === 0) return undefined;
  const lines = exposed.map(({ port, at }) => `127.0.0.1:${at} leads to its port ${port}`);
  return { title: "on this machine", lines };
}

/** Which of the cluster's names the programs of a pod can use. */
export function namesFromPod({ network, namespace }: LocalPlace): Section {
  return { title: "names that its programs know", lines: LINES[network](namespace) };
}

const LINES: Readonly<Record<LocalPlace["network"], (namespace: string) => string[]>> = {
  pods: () => ["all of the cluster, in any program: it has a network of its own"],
  host: (namespace) => [
    `Node: all, short ones as in ${namespace}, over TCP (unless its entry says register: false)`,
    `programs that heed HTTP_PROXY (Python, Go, Ruby, curl, wget): all, in http:// URLs; short ones as in ${namespace}`,
    "any other program, database drivers for one: none; $<SERVICE>_SERVICE_HOST and _PORT lead to Services",
    "it runs on the machine's network: with --network pods every program knows all of them (Linux)",
  ],
};
