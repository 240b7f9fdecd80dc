import type { Server } from "node:net";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Engine } from "../engine/engine.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { PodHandler, TestPod } from "./test-pod.ts";

/** What stands for the pods of workloads: `deploy/api`, `shop/sts/db`, `-l app=web`. */
export type PodServers = Readonly<Record<string, PodHandler | Server>>;

/** How a cluster in a test is served. */
export interface TestClusterOptions {
  /** The namespace of targets and of short names. Default: `default`. */
  readonly namespace?: string;
  /**
   * Service names work in this whole process, in code that knows nothing of the test. `false`: only through
   * `cluster.engine`, for tests that run several clusters with the same names at once. Default: true.
   */
  readonly hook?: boolean;
  /** Serves the Kubernetes API on a free port of loopback, for kubectl and any client library. Default: false. */
  readonly api?: boolean;
}

/** How the Kubernetes API of a test is reached. */
export interface TestApi {
  /** `https://127.0.0.1:40123` */
  readonly server: string;
  readonly token: string;
  /** The certificate that vouches for the server's, in PEM. */
  readonly ca: string;
  /** The text of a kubeconfig, for a file or for a library that takes it as it is. */
  readonly kubeconfig: string;
}

/** A cluster in a test: the Services of manifests, and pods that are servers of this process. */
export interface TestCluster extends AsyncDisposable {
  /** For agents, dispatchers, DNS, the store. */
  readonly engine: Engine;
  /** @throws TestClusterError without option `api` */
  readonly api: TestApi;
  /** What the manifests' findings are, besides errors. */
  readonly diagnostics: readonly Diagnostic[];
  /** The pods there are, in order of their creation. @param target those of one workload. */
  pods(target?: string): readonly TestPod[];
  /** Sets the number of replicas. @returns when the new pods are ready and those that went have ended. */
  scale(target: string, replicas: number): Promise<void>;
  /** Puts objects, or the objects of manifests. @returns as {@link scale}. */
  apply(manifests: Manifests): Promise<void>;
  /** Ends all connections, servers and the hook. */
  close(): Promise<void>;
}

/** Paths, YAML (text of several lines), or objects. */
export type Manifests = string | KubernetesObject | readonly (string | KubernetesObject)[];

/** The test asks for what the manifests do not have. */
export class TestClusterError extends Error {
  override readonly name = "TestClusterError";
  readonly code = "test-cluster";
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.diagnostics = diagnostics;
  }
}
