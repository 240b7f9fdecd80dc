import type { Container, PodSpec } from "./pod.ts";
import { parseQuantity } from "./quantity.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Only these two count. */
const COUNTED = ["cpu", "memory"] as const;

/**
 * The priority of a pod when its node runs short of memory: Guaranteed where each container's limits equal its
 * requests, BestEffort without any, Burstable otherwise.
 */
export function qosClassOf({ containers, initContainers = [] }: PodSpec): QosClass {
  const all = [...containers, ...initContainers];
  const said = all.flatMap((container) => COUNTED.map((name) => amounts(container, name)));
  if (said.every(({ request, limit }) => request === 0n && limit === 0n)) return "BestEffort";
  const isExact = said.every(({ request, limit }) => limit !== 0n && request === limit);
  return isExact ? "Guaranteed" : "Burstable";
}

/** A limit without a request is also the request. */
function amounts({ resources = {} }: Container, name: string) {
  const { limits = {}, requests = {} } = resources;
  const limit = amountOf(limits[name]);
  return { limit, request: requests[name] === undefined ? limit : amountOf(requests[name]) };
}

function amountOf(quantity: unknown): bigint {
  return (quantity === undefined ? undefined : parseQuantity(String(quantity))) ?? 0n;
}
