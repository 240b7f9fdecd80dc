import type { Protocol } from "../objects/pod.ts";
import type { Service, ServicePort } from "../objects/service.ts";
import { protocolOf } from "./service-port.ts";

/** No port of a Service is meant, and why. */
export interface NoServicePort {
  readonly outcome: "none";
  readonly code: "no-service" | "no-port" | "external-name" | "sctp";
  readonly reason: string;
}

/** The port that a Service declares with a number, or why there is none. */
export function declaredPort(
  service: Service | undefined,
  namespace: string,
  name: string,
  number: number,
  protocol: Protocol = "TCP",
): ServicePort | NoServicePort {
  if (service === undefined) {
    return none("no-service", `there is no Service ${namespace}/${name}`);
  }
  if (service.spec.type === "ExternalName") {
    return none(
      "external-name",
      `${namespace}/${name} is an alias for ${service.spec.externalName}: it has no endpoints of its own`,
    );
  }
  const declared = service.spec.ports ?? [];
  const port = declared.find((p) => p.port === number && protocolOf(p) === protocol);
  if (port !== undefined) return port;
  const has = declared.map((p) => `${p.name ? `${p.name} ` : ""}${p.port}/${protocolOf(p)}`);
  return none(
    "no-port",
    `Service ${namespace}/${name} has no port ${number}/${protocol}; it has ${has.join(", ") || "no ports"}`,
  );
}

function none(code: NoServicePort["code"], reason: string): NoServicePort {
  return { outcome: "none", code, reason };
}
