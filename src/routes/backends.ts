import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import { type BackendObjectReference, GATEWAY_GROUP } from "../objects/gateway.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import type { TlsPolicies, TlsPolicy } from "./backend-tls.ts";
import type { Faults, Problem } from "./fault.ts";
import type { HeaderChange } from "./http-filter.ts";
import { notPermitted } from "./reference-grants.ts";
import type { BackendTls, RouteBackend } from "./route-backend.ts";
import type { RuleSource } from "./route-rule.ts";

/** A route with backend references, and the problems found in it. */
export class BackendRefs {
  readonly #store: ObjectReader;
  readonly #policies: TlsPolicies;
  readonly #route: KubernetesObject;
  readonly #namespace: string;
  readonly #faults: Faults;
  /** The first problem, which the route's condition reports. */
  problem: Problem | undefined;
  /** Indexes of rules that were dropped. */
  readonly dropped = new Map<number, Problem>();
  /** The TLS policies of its backends. */
  readonly policies = new Set<TlsPolicy>();

  constructor(store: ObjectReader, policies: TlsPolicies, route: KubernetesObject, faults: Faults) {
    this.#store = store;
    this.#policies = policies;
    this.#route = route;
    this.#namespace = route.metadata.namespace ?? "";
    this.#faults = faults;
  }

  /** Something of the route that is wrong. */
  report(path: FieldPath, problem: Problem): void {
    this.#faults.add(this.#route, path, problem);
  }

  /** A rule that can't match any request. */
  drop({ place, index }: RuleSource, problem: Problem): void {
    this.dropped.set(index, problem);
    this.report(place, problem);
  }

  /** @param path of the reference in the route */
  resolve(
    ref: BackendObjectReference & { readonly weight?: number },
    path: FieldPath,
    changes: {
      readonly requestHeaders?: readonly HeaderChange[];
      readonly responseHeaders?: readonly HeaderChange[];
      readonly problem?: string | undefined;
    } = {},
  ): RouteBackend {
    const { name, namespace = this.#namespace, port = 0, weight = 1 } = ref;
    const problem = this.#problemOf(ref, namespace);
    this.problem ??= problem;
    if (problem !== undefined) this.report(path, problem);
    const found = problem === undefined ? this.#tls(namespace, name, port) : undefined;
    return {
      namespace,
      service: name,
      port,
      weight,
      tls: typeof found === "object" ? found : undefined,
      requestHeaders: changes.requestHeaders ?? [],
      responseHeaders: changes.responseHeaders ?? [],
      problem:
        changes.problem ?? problem?.message ?? (typeof found === "string" ? found : undefined),
    };
  }

  #problemOf(ref: BackendObjectReference, namespace: string): Problem | undefined {
    const { group = "", kind = "Service", name, port } = ref;
    if (group !== "" || kind !== "Service") {
      return {
        reason: "InvalidKind",
        message: `${kind} ${name} is no Service`,
        rule: "route-backend-kind",
        field: ["kind"],
      };
    }
    const from = { group: GATEWAY_GROUP, kind: this.#route.kind, namespace: this.#namespace };
    const refused = notPermitted(this.#store, from, { group, kind, namespace, name });
    if (refused !== undefined) return refused;
    const found = servicePort(this.#store, namespace, name, { number: port ?? 0 });
    if (typeof found === "object") return { ...found, reason: "BackendNotFound" };
    return undefined;
  }

  /** @returns the TLS settings, or why the required ones are impossible */
  #tls(namespace: string, name: string, number: number): BackendTls | string | undefined {
    const service = this.#store.get("Service", namespace, name);
    const port = service?.spec.ports?.find((each) => each.port === number);
    for (const policy of this.#policies.of(namespace, name, port?.name)) this.policies.add(policy);
    const found = this.#policies.find(namespace, name, port?.name);
    if (found === undefined) return undefined;
    const why = `BackendTLSPolicy ${found.policy.metadata.name} can't be followed`;
    return found.tls ?? why;
  }
}

/** The number of a Service's port. @returns or what is wrong with the reference */
export function servicePort(
  store: ObjectReader,
  namespace: string,
  name: string,
  port: { readonly name?: string; readonly number?: number },
): number | Omit<Problem, "reason"> {
  const service = store.get("Service", namespace, name);
  if (service === undefined) {
    return {
      message: `there is no Service ${namespace}/${name}`,
      rule: "route-backend",
      field: ["name"],
      hint: () => didYouMean(name, store.list("Service", { namespace })),
    };
  }
  const { ports = [] } = service.spec;
  const found = ports.find((each) =>
    port.name === undefined ? each.port === port.number : each.name === port.name,
  );
  if (found !== undefined) return found.port;
  const there = ports.map((each) => (each.name ? `${each.name} ${each.port}` : each.port));
  return {
    message: `Service ${namespace}/${name} has no port ${port.name ?? port.number}, only ${there.join(", ") || "none"}`,
    rule: "route-backend-port",
    field: ["port"],
  };
}

/** A similar name that was probably meant, for a hint. */
export function didYouMean(name: string, objects: readonly KubernetesObject[]): string | undefined {
  const near = nearestName(
    name,
    objects.map(({ metadata }) => metadata.name),
  );
  return near && `did you mean ${near}?`;
}
