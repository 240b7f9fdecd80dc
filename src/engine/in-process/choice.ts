import { backendId } from "../../balancer/backend.ts";
import type { Picked } from "../../balancer/choice.ts";
import { choose } from "./destination.ts";
import type { Found } from "./views.ts";

/** An endpoint chosen for one request, before it is known on which connection it goes. */
export interface ChosenEndpoint {
  /** The endpoint's own: requests with an equal one may share connections. */
  readonly id: string;
  readonly picked: Picked;
}

/** Undefined where there is nothing to choose: the connection will say why. */
export function chooseFor(found: Found | undefined): ChosenEndpoint | undefined {
  if (found?.destination.kind !== "service") return undefined;
  const { balancer, id } = found.view;
  const picked = choose(balancer, found.destination.route);
  if ("kind" in picked) return undefined;
  return { id: `${id} ${backendId(picked.address, picked.port)}`, picked };
}
