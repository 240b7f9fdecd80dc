import type { AttachAddress } from "../manifests/local-config.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod, PodStatus } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import { tcpCheck } from "./check.ts";
import type { ContainerSnapshot } from "./container-snapshot.ts";
import type { LastProbe } from "./last-probe.ts";
import type { LocalPod } from "./local-pod.ts";
import { podStatus } from "./pod-status.ts";
import { Prober } from "./prober.ts";
import type { RuntimeSettings } from "./runtime-settings.ts";

export interface AttachedPodOptions {
  readonly pod: Pod;
  readonly podIP: string;
  readonly address: AttachAddress;
  readonly settings: RuntimeSettings;
  readonly publish: (status: PodStatus) => void;
}

/**
 * A pod that is served by a process which something else started: it is probed by a TCP connect every second, and
 * never started or stopped. All of its ports lead to the one address, except ports with an address of their own.
 */
export class AttachedPod implements LocalPod {
  readonly #options: AttachedPodOptions;
  readonly #prober: Prober;
  readonly #startTime: number;
  lastProbes: readonly LastProbe[] = [];
  #ready = false;
  #message = "not probed yet";
  #status: PodStatus | undefined;

  constructor(options: AttachedPodOptions) {
    this.#options = options;
    const { settings, address } = options;
    this.#startTime = settings.clock.now();
    this.#prober = new Prober({
      timing: { periodSeconds: 1, failureThreshold: 1 },
      check: tcpCheck({
        addresses: [address],
        label: `${address.host}:${address.port} (attached)`,
      }),
      clock: settings.clock,
      initially: false,
      eager: true,
      onResult: (result) => {
        this.lastProbes = options.pod.spec.containers.map(({ name: container }) => ({
          container,
          kind: "connect",
          at: settings.clock.now(),
          ok: result.ok,
          ...(!result.ok && { message: result.message }),
        }));
      },
      onFailure: (message) => {
        this.#message = message;
        this.#publish();
      },
      onVerdict: ({ ok }) => {
        this.#ready = ok;
        this.#publish();
        const pod = keyOf(options.pod);
        if (ok) settings.emit({ type: "ready", pod });
        else {
          settings.emit({ type: "not-ready", pod, reason: "Unreachable", message: this.#message });
        }
      },
    });
  }

  start(): void {
    this.#publish();
    this.#prober.start();
  }

  addressOf(containerPort: number): LocalAddress {
    const { address } = this.#options;
    const port = address.further?.[containerPort];
    return port === undefined ? address : { host: address.host, port };
  }

  async stop(): Promise<void> {
    this.#prober.stop();
  }

  #publish(): void {
    const { pod, podIP, settings, publish } = this.#options;
    const startedAt = timestamp(this.#startTime);
    const containers = pod.spec.containers.map(
      ({ name }): ContainerSnapshot => ({
        name,
        state: { running: { startedAt } },
        restartCount: 0,
        started: true,
        ready: this.#ready,
        final: false,
      }),
    );
    this.#status = podStatus({
      podIP,
      hostIP: settings.hostIP,
      startTime: this.#startTime,
      now: settings.clock.now(),
      initContainers: [],
      containers,
      message: this.#message,
      initialized: true,
      failed: false,
      previous: this.#status,
    });
    publish(this.#status);
  }
}
