import { LRUCache } from "lru-cache";
import type { Service } from "../objects/service.ts";
import type { Backend } from "./backend.ts";

/** Kubernetes' default of sessionAffinityConfig.clientIP.timeoutSeconds (P.5). */
export const DEFAULT_AFFINITY_SECONDS = 10_800;
/** How long a cookie's or header's session lasts where the Service doesn't say, in milliseconds. */
export const SESSION_KEY_MS = DEFAULT_AFFINITY_SECONDS * 1000;
/** Clients remembered per service port; the one that was away longest goes first. */
const MAX_CLIENTS = 10_000;

interface Session {
  readonly backend: Pick<Backend, "address" | "port">;
  readonly expires: number;
}

/** Which endpoint each client of one service port was sent to (P.5). */
export class AffinityTable {
  // By size, not by `max`: that would set aside room for all of them at once, for every service port.
  readonly #sessions = new LRUCache<string, Session>({
    maxSize: MAX_CLIENTS,
    sizeCalculation: () => 1,
  });

  /** The client's endpoint, if the session hasn't lapsed and the endpoint is still among the usable ones. */
  find(client: string, usable: readonly Backend[], now: number): Backend | undefined {
    const session = this.#sessions.get(client);
    if (session === undefined || now >= session.expires) return undefined;
    const { address, port } = session.backend;
    return usable.find((backend) => backend.address === address && backend.port === port);
  }

  /** Starts or prolongs a session: every new connection does (P.5). */
  remember(client: string, backend: Backend, expires: number): void {
    this.#sessions.set(client, { backend, expires });
  }
}

/** The session timeout in milliseconds; undefined when the Service asks for no affinity. */
export function affinityTimeout(service: Service): number | undefined {
  if (service.spec.sessionAffinity !== "ClientIP") return undefined;
  const seconds = service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  return (seconds ?? DEFAULT_AFFINITY_SECONDS) * 1000;
}
