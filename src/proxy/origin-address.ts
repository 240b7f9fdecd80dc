import { familyOf } from "../net/address.ts";
import { isLoopback } from "../net/loopback.ts";
import type { Inbound } from "./exchange/inbound.ts";
import { isTrusted, type TrustForwarded } from "./forwarded-headers.ts";

/**
 * The client address that rules about addresses apply to: the first one that a trusted client forwards for, or its
 * own.
 * @returns undefined for a client on this machine that forwards for nobody, which no rule written for a production
 * network can mean
 */
export function originOf(
  inbound: Pick<Inbound, "client" | "values">,
  trust: TrustForwarded,
): string | undefined {
  const { address = "" } = inbound.client;
  if (!isTrusted(address, trust)) return address;
  const [list = ""] = inbound.values("x-forwarded-for");
  const first = (list.split(",")[0] ?? "").trim();
  if (familyOf(first) !== undefined) return first;
  return isLoopback(address) ? undefined : address;
}
