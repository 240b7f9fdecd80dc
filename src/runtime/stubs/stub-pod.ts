import { keyOf } from "../../objects/object-key.ts";
import type { Container, Pod, PodStatus } from "../../objects/pod.ts";
import { STUB } from "../../objects/stub.ts";
import { timestamp } from "../../objects/timestamp.ts";
import type { LocalAddress } from "../../proxy/local-address.ts";
import { terminatedState } from "../container-exit.ts";
import type { LocalPod } from "../local-pod.ts";
import { ANY_PORT } from "../machine-home.ts";
import type { PodHome } from "../pod-home.ts";
import { podStatus } from "../pod-status.ts";
import type { RuntimeSettings } from "../runtime-settings.ts";
import { listenForDatagrams } from "./echo-datagrams.ts";
import { type Listening, listenForRequests } from "./echo-server.ts";

export interface StubPodOptions {
  readonly pod: Pod;
  readonly podIP: string;
  readonly settings: RuntimeSettings;
  readonly publish: (status: PodStatus) => void;
}

/** Milliseconds until ports that could not be bound are tried again. */
const RETRY = 1_000;

/**
 * A pod whose containers are not run: this process answers at its ports with an echo. A pod that runs to completion
 * and listens on no port has succeeded at once.
 */
export class StubPod implements LocalPod {
  readonly #options: StubPodOptions;
  readonly #home: PodHome;
  readonly #startTime: number;
  readonly #listening: Listening[] = [];
  #opening: Promise<void> = Promise.resolve();
  #cancelRetry = (): void => {};
  #stopped = false;
  #status: PodStatus | undefined;

  constructor(options: StubPodOptions) {
    this.#options = options;
    const { pod, podIP, settings } = options;
    this.#home = settings.machineHome(pod, podIP);
    this.#startTime = settings.clock.now();
  }

  start(): void {
    if (isDoneAtOnce(this.#options.pod)) this.#publish("done");
    else this.#open();
  }

  addressOf(port: number): LocalAddress | undefined {
    return this.#home.addressOf(port);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    await this.#opening;
    await this.#closeAll();
    await this.#home.release();
  }

  #open(): void {
    this.#publish("starting");
    this.#opening = this.#listen().then(
      () => {
        if (this.#stopped) return;
        this.#publish("ready");
        const { pod, settings } = this.#options;
        settings.emit({ type: "ready", pod: keyOf(pod), isStub: true });
      },
      async (error: Error) => {
        await this.#closeAll();
        if (this.#stopped) return;
        this.#publish("starting", error.message);
        this.#cancelRetry = this.#options.settings.clock.after(RETRY, () => this.#open());
      },
    );
  }

  async #listen(): Promise<void> {
    const { pod } = this.#options;
    const { namespace = "", name } = pod.metadata;
    for (const container of containersOf(pod)) {
      const place = { namespace, pod: name, container: container.name };
      for (const [port, local] of await this.#home.portsOf(container)) {
        const at = { host: "127.0.0.1", port: local };
        const protocols = protocolsOf(container, port);
        if (protocols.has("UDP")) this.#listening.push(await listenForDatagrams(at));
        if (!protocols.has("TCP")) continue;
        const own = port === ANY_PORT ? place : { ...place, port };
        this.#listening.push(await listenForRequests(at, own));
      }
    }
  }

  async #closeAll(): Promise<void> {
    await Promise.all(this.#listening.splice(0).map((each) => each.close()));
  }

  #publish(stage: "starting" | "ready" | "done", message?: string): void {
    const { pod, podIP, settings, publish } = this.#options;
    const now = settings.clock.now();
    const state =
      stage === "done"
        ? terminatedState({ exitCode: 0 }, this.#startTime, now)
        : { running: { startedAt: timestamp(this.#startTime) } };
    const containers = pod.spec.containers.map(({ name }) => ({
      name,
      state,
      restartCount: 0,
      started: stage !== "done",
      ready: stage === "ready",
      final: stage === "done",
    }));
    this.#status = podStatus({
      podIP,
      hostIP: settings.hostIP,
      startTime: this.#startTime,
      now,
      initContainers: [],
      containers,
      ...(message !== undefined && { message }),
      initialized: true,
      failed: false,
      note: STUB,
      previous: this.#status,
    });
    publish(this.#status);
  }
}

/** Containers that serve, sidecars included. */
function containersOf({ spec: { containers, initContainers = [] } }: Pod): readonly Container[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  // A sidecar without ports has none; another container without declared ports may listen on any.
  return [...containers, ...sidecars.filter(({ ports = [] }) => ports.length > 0)];
}

function isDoneAtOnce({ spec }: Pod): boolean {
  const { restartPolicy = "Always", containers } = spec;
  return restartPolicy !== "Always" && containers.every(({ ports = [] }) => ports.length === 0);
}

/** A port that only a probe or a Service names is TCP. */
function protocolsOf({ ports = [] }: Container, port: number): ReadonlySet<string> {
  const declared = ports.filter(({ containerPort }) => containerPort === port);
  return new Set(
    declared.length === 0 ? ["TCP"] : declared.map(({ protocol }) => protocol ?? "TCP"),
  );
}
