import type { NetworkOutcome } from "../../engine/events.ts";
import type { RuntimeEvent } from "../../runtime/event.ts";

/** The network that local pods run in; each once. */
export function networkLine(outcome: NetworkOutcome): string {
  if (outcome.network === "host") {
    return `local pods run on this machine's network, with other ports: ${whyNot(outcome)}`;
  }
  const { offline, relayed } = outcome;
  const parts = ["local pods have a network of their own (--network pods)"];
  if (offline !== undefined) parts.push(`and reach nothing outside it: ${whyNot(offline)}`);
  if (relayed !== undefined) parts.push(`with relays for its Services: ${whyNot(relayed)}`);
  return parts.join(", ");
}

function whyNot({ reason, allow }: { readonly reason: string; readonly allow?: string }): string {
  return allow === undefined ? reason : `${reason}; to allow it: ${allow}`;
}

/** One line for what happened to a local pod; undefined for what needs no telling. */
export function formatRuntimeEvent(event: RuntimeEvent): string | undefined {
  switch (event.type) {
    case "output":
      return `${event.pod.name} | ${event.line}`;
    case "started":
      return `${event.pod.name}: started, pid ${event.pid}`;
    case "pulling":
      return `${event.pod.name}: pulling ${event.image} with ${event.engine}`;
    case "exited":
      return `${event.pod.name}: ${howItEnded(event)}${whatNow(event.restartIn)}`;
    case "unhealthy":
      return `${event.pod.name}: ${event.probe} failed: ${event.message}`;
    case "ready":
      return `${event.pod.name}: ready${event.isStub ? ", as a stub" : ""}`;
    case "not-ready":
      return `${event.pod.name}: not ready: ${event.message}`;
    case "stopped":
      return `${event.pod.name}: stopped`;
    case "restarted":
      return `${event.pod.name}: restarted`;
    case "restart-failed":
      return `${event.pod.name}: restart failed: ${event.message}`;
    case "leftover-ended":
      return `${event.pod}: ended process ${event.pid}, left by an earlier run`;
    case "error":
      return `error: ${event.message}`;
  }
}

function howItEnded(event: RuntimeEvent & { type: "exited" }): string {
  if (event.message !== undefined) return event.message;
  return event.signal === undefined
    ? `ended with exit code ${event.exitCode}`
    : `killed by ${event.signal}`;
}

function whatNow(restartIn: number | undefined): string {
  if (restartIn === undefined) return "";
  return restartIn === 0 ? ", restarting" : `, restarting in ${(restartIn / 1000).toFixed(1)} s`;
}
