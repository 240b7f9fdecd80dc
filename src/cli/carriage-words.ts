import { describeServicePort } from "../balancer/service-port.ts";
import type { ToldCarriage } from "../control/carriages.ts";
import type { Section } from "./section.ts";

/** What balances connections of local pods to the ports of a Service; nothing is said where it isn't known. */
export function carriageSection(
  all: readonly ToldCarriage[],
  service: { readonly namespace: string; readonly name: string },
): Section | undefined {
  const own = all.filter(
    ({ key }) => key.namespace === service.namespace && key.service === service.name,
  );
  if (own.length === 0) return undefined;
  const lines = own.map(({ key, by, reason }) => {
    const what = by === "kernel" ? "the kernel (nftables)" : `a relay of \`up\`: ${reason}`;
    return own.length === 1 ? what : `${describeServicePort(key)}  ${what}`;
  });
  return { title: "balanced between local pods by", lines };
}
