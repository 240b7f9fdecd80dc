import type { DeclaredPort, Endpoint } from "../objects/endpoint-slice.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { ObjectName } from "./name-shape.ts";

/** What an existing name stands for. */
export type Subject =
  /** A zone, one of its subtrees or a namespace: it exists because there are names below it. */
  | { readonly kind: "holder" }
  | { readonly kind: "name-server" }
  /** The address that a pod's DNS name spells. */
  | { readonly kind: "pod"; readonly address: string }
  | ServiceSubject;

/** A Service or ServiceImport, with what the name selects of it: an endpoint, a port, a topology zone. */
export interface ServiceSubject {
  readonly kind: "service";
  readonly shape: ObjectName;
  readonly entry: CatalogEntry;
  /** Whether the ServiceImport was asked for (D.17). */
  readonly imported: boolean;
  readonly headless: boolean;
  /** The target of an ExternalName. */
  readonly alias?: string;
}

/** An address of a Service's endpoint, with its DNS name in lower case. */
export interface NamedEndpoint {
  readonly name: string;
  readonly address: string;
  readonly endpoint: Endpoint;
}

/**
 * The rule that decided an answer, with the facts that it was decided by. It is made together with the answer;
 * explanations only phrase it.
 */
export type Reason =
  | { readonly rule: "answer"; readonly of: Subject | undefined }
  | {
      readonly rule:
        | "outside-zones"
        | "type-refused"
        | "not-synced"
        | "upstream-failed"
        | "pods-disabled"
        | "empty-name";
    }
  | { readonly rule: "unknown-tree" | "too-many-labels"; readonly labels: readonly string[] }
  | { readonly rule: "namespace-missing" | "namespace-hidden"; readonly namespace: string }
  | { readonly rule: "service-missing"; readonly shape: ObjectName; readonly imported: boolean }
  | {
      readonly rule:
        | "zone-name-not-headless"
        | "endpoint-records-off"
        | "service-empty"
        | "service-without-address"
        | "headless-without-endpoints"
        | "endpoint-not-ready"
        | "external-name-below"
        | "external-name-is-address";
      readonly of: ServiceSubject;
    }
  /** `notReady`: all its endpoints. */
  | {
      readonly rule: "headless-not-ready";
      readonly of: ServiceSubject;
      readonly notReady: readonly Endpoint[];
    }
  /** `others`: the endpoints that exist instead. */
  | {
      readonly rule: "endpoint-missing";
      readonly of: ServiceSubject;
      readonly others: readonly NamedEndpoint[];
    }
  /** `zones`: where it has ready endpoints. */
  | {
      readonly rule: "zone-without-endpoints";
      readonly of: ServiceSubject;
      readonly zones: ReadonlySet<string>;
    }
  /** `ports`: those that exist instead. */
  | {
      readonly rule: "port-missing";
      readonly of: ServiceSubject;
      readonly ports: readonly DeclaredPort[];
    }
  /** `target`: the name that has no records, or leads back. */
  | {
      readonly rule: "external-name-target";
      readonly of: Subject | undefined;
      readonly target: string;
    }
  /** `holder`: the program that listens there instead, in words. */
  | {
      readonly rule: "address-taken";
      readonly of: Subject;
      readonly address: string;
      readonly holder: string;
    }
  /** `has`: the family of the addresses that exist. */
  | { readonly rule: "family-missing"; readonly of: Subject | undefined; readonly has: 4 | 6 }
  | { readonly rule: "type-missing"; readonly of: Subject | undefined }
  | { readonly rule: "pod-name-no-address"; readonly label: string }
  | { readonly rule: "pod-missing"; readonly namespace: string; readonly address: string }
  | { readonly rule: "address-unknown"; readonly address: string };

/** The rule that decided an answer. */
export type Rule = Reason["rule"];

/** A reason about an existing Service. */
export type ServiceReason = Extract<Reason, { readonly of: unknown }> & {
  readonly of: ServiceSubject;
};

export function isOfService(reason: Reason): reason is ServiceReason {
  return "of" in reason && reason.of?.kind === "service";
}
