import { type BackendObjectReference, GATEWAY_GROUP } from "../objects/gateway.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { TlsPolicies, TlsPolicy } from "./backend-tls.ts";
import type { HeaderChange } from "./http-filter.ts";
import { notPermitted, type RefProblem } from "./reference-grants.ts";
import type { BackendTls, RouteBackend } from "./route-rule.ts";

/** A route that refers to backends, and what was noticed on the way. */
export class BackendRefs {
  readonly #store: StoreReader;
  readonly #policies: TlsPolicies;
  readonly #kind: string;
  readonly #namespace: string;
  /** The first that is wrong: what the route's condition says. */
  problem: RefProblem | undefined;
  /** The policies that the backends are reached by. */
  readonly policies = new Set<TlsPolicy>();

  constructor(store: StoreReader, policies: TlsPolicies, kind: string, namespace: string) {
    this.#store = store;
    this.#policies = policies;
    this.#kind = kind;
    this.#namespace = namespace;
  }

  resolve(
    ref: BackendObjectReference & { readonly weight?: number },
    changes: {
      readonly requestHeaders?: readonly HeaderChange[];
      readonly responseHeaders?: readonly HeaderChange[];
      readonly problem?: string | undefined;
    } = {},
  ): RouteBackend {
    const { name, namespace = this.#namespace, port = 0, weight = 1 } = ref;
    const problem = this.#problemOf(ref, namespace);
    this.problem ??= problem;
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

  #problemOf(ref: BackendObjectReference, namespace: string): RefProblem | undefined {
    const { group = "", kind = "Service", name, port } = ref;
    if (group !== "" || kind !== "Service") {
      return { reason: "InvalidKind", message: `${kind} ${name} is no Service` };
    }
    const from = { group: GATEWAY_GROUP, kind: this.#kind, namespace: this.#namespace };
    const refused = notPermitted(this.#store, from, { group, kind, namespace, name });
    if (refused !== undefined) return refused;
    const service = this.#store.get("Service", namespace, name);
    if (service === undefined) {
      return { reason: "BackendNotFound", message: `there is no Service ${namespace}/${name}` };
    }
    if (!(service.spec.ports ?? []).some((each) => each.port === port)) {
      const ports = (service.spec.ports ?? []).map((each) => each.port).join(", ");
      return {
        reason: "BackendNotFound",
        message: `Service ${namespace}/${name} has no port ${port}, only ${ports || "none"}`,
      };
    }
    return undefined;
  }

  /** @returns why it can't be encrypted as it has to be in place of how it is */
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
