import type { PlannedListener } from "../../routes/translate.ts";
import { refusal } from "../refusal.ts";
import type { ApplicableRules } from "../routes/http-routes.ts";
import { chooseListener } from "./choose-listener.ts";

/** The listeners of a port, by the current plan. */
export type CurrentListeners = () => readonly PlannedListener[];

/**
 * The rules of the listeners of a port without TLS.
 * @param securePort where the listener at 443 of the same address is bound, if it is
 */
export function portRules(
  current: CurrentListeners,
  port: number,
  securePort: () => number | undefined = () => undefined,
): ApplicableRules {
  return {
    scheme: "http",
    port,
    get securePort() {
      return securePort();
    },
    find(request) {
      const chosen = chooseListener(current(), request.host);
      return chosen?.http.find(request) ?? { reason: "no-host" };
    },
  };
}

/**
 * The rules of one listener with TLS. A connection belongs to the listener whose name the client asked for; a request
 * for a host of another one gets 421, which asks for another connection (RFC 9110 section 15.5.20).
 * @param name of the listener
 */
export function tlsRules(current: CurrentListeners, port: number, name: string): ApplicableRules {
  return {
    scheme: "https",
    port,
    find(request) {
      const chosen = chooseListener(current(), request.host);
      if (chosen === undefined || chosen.listener.spec.name !== name) {
        const why = `this connection is not for ${request.host}: its TLS server name was another`;
        return refusal(421, "misdirected", why);
      }
      return chosen.http.find(request);
    },
  };
}
