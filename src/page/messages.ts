import type { LastProbe } from "../runtime/last-probe.ts";
import type { WorldChange } from "./world.ts";

export type { LastProbe };

/** The first message of a stream. */
export interface Hello {
  /** The stream's id, for {@link FOLLOW_PATH}. */
  readonly stream: string;
  readonly version: string;
  /** Whether logs, requests and environments may be read. */
  readonly hasSession: boolean;
  /** Whether changes are allowed: with a session, on this machine. */
  readonly mayChange: boolean;
  readonly clusterDomain: string;
}

/** The traffic of an edge of the map, over the last few seconds. */
export interface EdgeRate {
  readonly from: string;
  readonly to: string;
  /** Requests and connections per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The part of them that failed, from 0 to 1. */
  readonly errors: number;
}

/** One end of an edge. */
export const edgeEnd = {
  /** All callers together. */
  anyone: "anyone",
  /** The caller of requests that came neither from a pod nor through a route. */
  outside: "outside",
  route: (id: string) => `route:${id}`,
  service: (id: string) => `service:${id}`,
  pod: (id: string) => `pod:${id}`,
};

/** The id of an edge. */
export const edgeKey = (from: string, to: string) => `${from}>${to}`;

/** One request, tunnel or connection that is over. */
export interface RequestRecord {
  /** Incremented with each; gaps mean that some were dropped. */
  readonly number: number;
  /** Milliseconds since 1970, when it was over. */
  readonly at: number;
  readonly kind: string;
  readonly protocol: string;
  /** The pod that asked, or the client's address. */
  readonly client: string;
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly service?: string;
  readonly route?: string;
  readonly endpoint?: string;
  readonly pod?: string;
  /** Why this endpoint. */
  readonly why?: string;
  readonly attempts: number;
  readonly status?: number;
  readonly duration: number;
  readonly bytes?: number;
  /** Why no pod answered. */
  readonly refusal?: string;
  readonly aborted?: string;
}

export interface EventRecord {
  readonly number: number;
  readonly at: number;
  /** `pod`, `service`, `route` */
  readonly about: string;
  readonly id: string;
  /** A word: `started`, `exited`, `ready`. */
  readonly type: string;
  readonly message: string;
  readonly isBad: boolean;
}

export interface LogRecord {
  readonly time: number;
  readonly line: string;
}

/** The messages of a stream, by the name of the event. */
export interface StreamEvents {
  readonly hello: Hello;
  readonly world: WorldChange;
  readonly traffic: readonly EdgeRate[];
  /** The last items at first, then new ones. */
  readonly requests: readonly RequestRecord[];
  readonly events: readonly EventRecord[];
  readonly logs: {
    readonly pod: string;
    readonly container: string;
    /** Everything that was sent before is invalid. */
    readonly isStart: boolean;
    readonly lines: readonly LogRecord[];
  };
}

/** Services, by id, whose traffic is shown. */
export interface WantedTraffic {
  /** The total of each, whatever the way. */
  readonly totals?: readonly string[];
  /** Every edge to it, or from it to its pods. */
  readonly lines?: readonly string[];
}

/** What a page wants to receive in addition to the world. */
export interface Wanted {
  /** The only part that needs no session. */
  readonly traffic?: WantedTraffic;
  readonly requests?: boolean;
  readonly events?: boolean;
  readonly logs?: { readonly pod: string; readonly container: string };
}

/** A heading, and lines below it. */
export interface PageSection {
  readonly title: string;
  readonly lines: readonly string[];
}

/** A workload that makes pods for a Service, with their number. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly replicas: number;
}

export interface ServiceDetails {
  readonly sections: readonly PageSection[];
  /** By the ids of its pods; unknown for pods that don't run here. */
  readonly probes: Readonly<Record<string, readonly LastProbe[]>>;
  readonly workloads: readonly Workload[];
  /** The last ones, oldest first; absent without a session. */
  readonly requests?: readonly RequestRecord[];
}

export interface PodDetails {
  readonly sections: readonly PageSection[];
  readonly probes: readonly LastProbe[];
  readonly containers: readonly {
    readonly name: string;
    /** Values of Secrets are left out. */
    readonly environment: readonly {
      readonly name: string;
      readonly value?: string;
      /** The source instead of a value: `Secret db, key password`. */
      readonly from?: string;
    }[];
  }[];
}

export interface ResolveAnswer {
  readonly search: string;
  readonly tried: readonly {
    readonly name: string;
    readonly outcome: string;
    readonly reason: string;
    readonly hints: readonly string[];
  }[];
  readonly answers: readonly string[];
}

export interface TraceAnswer {
  readonly steps: readonly PageSection[];
  /** The path as far as it leads: ids of the world. */
  readonly path: {
    readonly route?: string;
    readonly service?: string;
    /** Of a pod, or an address. */
    readonly endpoint?: string;
  };
  readonly reached: boolean;
  readonly verdict: string;
}

export interface CheckAnswer {
  readonly findings: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly message: string;
    readonly place?: string;
    readonly hint?: string;
    /** The lines around the position, with a mark. */
    readonly frame?: string;
  }[];
}

/** The desired number of a workload's pods, until its manifest changes. */
export interface ScaleRequest extends Workload {
  readonly namespace: string;
}

export interface TryRequest {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface TryAnswer {
  readonly status?: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Its beginning, where it is long. */
  readonly body: string;
  readonly milliseconds: number;
  readonly error?: string;
}

export const STREAM_PATH = "/-/stream";
export const FOLLOW_PATH = "/-/follow";
export const SERVICE_PATH = "/-/service";
export const POD_PATH = "/-/pod";
export const RESOLVE_PATH = "/-/resolve";
export const TRACE_PATH = "/-/trace";
export const CHECK_PATH = "/-/check";
export const TRY_PATH = "/-/try";
export const RESTART_PATH = "/-/restart";
export const SCALE_PATH = "/-/scale";
