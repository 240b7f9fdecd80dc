import type { ApiAccess } from "../../control/api-route.ts";
import type { ApiAddress } from "../../engine/listen.ts";
import { formatAddress } from "../listen-address.ts";

/** What a client of the Kubernetes API needs to know. */
export function accessTo({ token, ca, ...address }: ApiAddress): ApiAccess {
  return { server: `https://${formatAddress(address)}`, token, ca };
}
