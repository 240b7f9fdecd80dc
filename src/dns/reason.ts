import type { DeclaredPort, Endpoint } from "../objects/endpoint-slice.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { ObjectName } from "./name-shape.ts";

/** What a name that exists stands for. */
export type Subject =
  /** A zone, a tree of it or a namespace: it exists to hold other names. */
  | { readonly kind: "holder" }
  | { readonly kind: "name-server" }
  /** The address that a pod's name is made of. */
  | { readonly kind: "pod"; readonly address: string }
  | ServiceSubject;

/** A Service or ServiceImport, and what a name says beside it: an endpoint, a port, a topology zone. */
export interface ServiceSubject {
  readonly kind: "service";
  readonly shape: ObjectName;
  readonly entry: CatalogEntry;
  /** Whether it is the ServiceImport that was asked for (D.17). */
  readonly imported: boolean;
  readonly headless: boolean;
  /** The name that an ExternalName stands for. */
  readonly alias?: string;
}

/** An address of a Service's endpoint, under the name that it has in DNS, in lower case. */
export interface NamedEndpoint {
  readonly name: string;
  readonly address: string;
  readonly endpoint: Endpoint;
}

/**
 * The rule that decided an answer, with what it looked at. It is made where the answer is; explanations put
 * it in words and decide nothing.
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
  /** `others`: those that there are instead. */
  | {
      readonly rule: "endpoint-missing";
      readonly of: ServiceSubject;
      readonly others: readonly NamedEndpoint[];
    }
  /** `zones`: those in which it has ready endpoints. */
  | {
      readonly rule: "zone-without-endpoints";
      readonly of: ServiceSubject;
      readonly zones: ReadonlySet<string>;
    }
  /** `ports`: those that there are instead. */
  | {
      readonly rule: "port-missing";
      readonly of: ServiceSubject;
      readonly ports: readonly DeclaredPort[];
    }
  /** `target`: the name that gave nothing, or leads back. */
  | {
      readonly rule: "external-name-target";
      readonly of: Subject | undefined;
      readonly target: string;
    }
  /** `holder`: who answers there instead, in words. */
  | {
      readonly rule: "address-taken";
      readonly of: Subject;
      readonly address: string;
      readonly holder: string;
    }
  /** `has`: the family that there are addresses of. */
  | { readonly rule: "family-missing"; readonly of: Subject | undefined; readonly has: 4 | 6 }
  | { readonly rule: "type-missing"; readonly of: Subject | undefined }
  | { readonly rule: "pod-name-no-address"; readonly label: string }
  | { readonly rule: "pod-missing"; readonly namespace: string; readonly address: string }
  | { readonly rule: "address-unknown"; readonly address: string };

/** The rule that decided an answer. */
export type Rule = Reason["rule"];

/** A reason that is about a Service that exists. */
export type ServiceReason = Extract<Reason, { readonly of: unknown }> & {
  readonly of: ServiceSubject;
};

export function isOfService(reason: Reason): reason is ServiceReason {
  return "of" in reason && reason.of?.kind === "service";
}
