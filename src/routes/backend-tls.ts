import type { BackendTLSPolicy } from "../objects/gateway.ts";
import { GATEWAY_GROUP } from "../objects/gateway.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import { olderFirst } from "./age.ts";
import { refusedVerdict, type Verdict, verdict } from "./conditions.ts";
import type { Problem } from "./fault.ts";
import { authoritiesOf } from "./key-material.ts";
import type { BackendTls } from "./route-backend.ts";
import { backendTls } from "./route-rule.ts";

/** A BackendTLSPolicy that applies to a backend in use, with its status. */
export interface TlsPolicy {
  readonly policy: BackendTLSPolicy;
  /** The TLS settings of connections; undefined where the policy is invalid, so that requests must fail. */
  readonly tls: BackendTls | undefined;
  readonly verdicts: readonly Verdict[];
  readonly problem: Problem | undefined;
}

/** The BackendTLSPolicies, and which of them applies to each Service port. */
export class TlsPolicies {
  /** By `namespace/service`, and `namespace/service/port name`. */
  readonly #byTarget = new Map<string, TlsPolicy>();
  /** Policies that are overridden by another one, by their targets. */
  readonly #conflicted = new Map<string, TlsPolicy[]>();

  constructor(store: ObjectReader) {
    const policies = [...store.list(`BackendTLSPolicy.${GATEWAY_GROUP}`)].sort(olderFirst);
    for (const policy of policies) {
      const { namespace = "" } = policy.metadata;
      let read: TlsPolicy | undefined;
      for (const [index, ref] of policy.spec.targetRefs.entries()) {
        const { group, kind, name, sectionName } = ref;
        if (group !== "" || kind !== "Service") continue;
        const target = targetOf(namespace, name, sectionName);
        if (this.#byTarget.has(target)) {
          const losers = this.#conflicted.get(target) ?? [];
          this.#conflicted.set(target, [...losers, conflicted(policy, index)]);
          continue;
        }
        read ??= readPolicy(store, policy);
        this.#byTarget.set(target, read);
      }
    }
  }

  /** @param portName of the Service's port; a policy for the port overrides one for the whole Service */
  find(namespace: string, service: string, portName: string | undefined): TlsPolicy | undefined {
    const own = portName && this.#byTarget.get(targetOf(namespace, service, portName));
    return own || this.#byTarget.get(targetOf(namespace, service, undefined));
  }

  /** Every policy, once for each reason why it is invalid. */
  all(): TlsPolicy[] {
    return [...new Set([...this.#byTarget.values(), ...[...this.#conflicted.values()].flat()])];
  }

  /** All policies for a Service, overridden ones included. */
  of(namespace: string, service: string, portName: string | undefined): TlsPolicy[] {
    const targets = [targetOf(namespace, service, undefined)];
    if (portName) targets.push(targetOf(namespace, service, portName));
    return targets.flatMap((target) => {
      const winner = this.#byTarget.get(target);
      return [...(winner === undefined ? [] : [winner]), ...(this.#conflicted.get(target) ?? [])];
    });
  }
}

function targetOf(namespace: string, service: string, portName: string | undefined): string {
  return portName === undefined
    ? qualifiedName(namespace, service)
    : `${namespace}/${service}/${portName}`;
}

function conflicted(policy: BackendTLSPolicy, index: number): TlsPolicy {
  const why = "an older BackendTLSPolicy has the same target";
  return {
    policy,
    tls: undefined,
    problem: {
      reason: "Conflicted",
      message: why,
      rule: "backend-tls-policy",
      field: ["targetRefs", index],
    },
    verdicts: [
      refusedVerdict("Accepted", "Conflicted", why),
      verdict("ResolvedRefs", "ResolvedRefs"),
    ],
  };
}

function readPolicy(store: ObjectReader, policy: BackendTLSPolicy): TlsPolicy {
  const { namespace = "" } = policy.metadata;
  const { validation } = policy.spec;
  const refs = validation.caCertificateRefs ?? [];
  const from = { group: GATEWAY_GROUP, kind: "BackendTLSPolicy", namespace };
  const wrong = { ref: "InvalidCACertificateRef", kind: "InvalidKind" };
  const { ca, problem } = authoritiesOf(store, refs, from, wrong);
  const placed = problem && {
    ...problem,
    field: ["validation", "caCertificateRefs", ...problem.field],
  };
  const resolved =
    problem === undefined
      ? verdict("ResolvedRefs", "ResolvedRefs")
      : refusedVerdict("ResolvedRefs", problem.reason, problem.message);
  if (refs.length > 0 && ca.length === 0) {
    const why = problem?.message ?? "no certificate of an authority can be had";
    const accepted = refusedVerdict("Accepted", "NoValidCACertificate", why);
    return { policy, tls: undefined, verdicts: [accepted, resolved], problem: placed };
  }
  return {
    policy,
    tls: backendTls({
      hostname: validation.hostname,
      ca: refs.length === 0 ? undefined : ca,
      names: (validation.subjectAltNames ?? []).map(({ type, hostname = "", uri = "" }) =>
        type === "URI" ? { type: "uri", value: uri } : { type: "dns", value: hostname },
      ),
      client: undefined,
      isVerified: true,
    }),
    verdicts: [verdict("Accepted", "Accepted"), resolved],
    problem: placed,
  };
}
