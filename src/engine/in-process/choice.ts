import { backendId } from "../../balancer/backend.ts";
import type { Picked } from "../../balancer/choice.ts";
import { choose } from "./destination.ts";
import type { Found } from "./views.ts";

/** An endpoint that was chosen for one request, before its connection is known. */
export interface ChosenEndpoint {
  /** Identifies the endpoint: requests with the same key may share connections. */
  readonly id: string;
  readonly picked: Picked;
}

/** Undefined where there is no endpoint: connecting reports why. */
export function chooseFor(found: Found | undefined): ChosenEndpoint | undefined {
  if (found?.destination.kind !== "service") return undefined;
  const { balancer, id } = found.view;
  const picked = choose(balancer, found.destination.route);
  if ("kind" in picked) return undefined;
  return { id: `${id} ${backendId(picked.address, picked.port)}`, picked };
}
