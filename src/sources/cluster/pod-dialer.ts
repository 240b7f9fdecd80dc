import type { Dialer, DialOptions, DialTarget } from "../../proxy/dialer.ts";
import { directDialer } from "../../proxy/direct-dialer.ts";
import { PairedSockets } from "./paired-sockets.ts";
import type { PodName, PortForwarder } from "./port-forward.ts";

/** The Pod that has an address, where an endpoint does not say whose it is. */
export type PodAt = (address: string) => PodName | undefined;

/** Reaches the Pods of a cluster by port-forward, and what is no Pod directly. UDP can't be forwarded. */
export class PodDialer implements Dialer {
  readonly #forwarder: PortForwarder;
  readonly #podAt: PodAt;
  readonly #sockets = new PairedSockets();

  constructor(forwarder: PortForwarder, podAt: PodAt) {
    this.#forwarder = forwarder;
    this.#podAt = podAt;
  }

  dial(target: DialTarget, options: DialOptions = {}) {
    const pod = this.#podOf(target);
    if (pod === undefined) return directDialer.dial(target, options);
    const { allowHalfOpen = false } = options;
    return this.#sockets.connect(() => this.#forwarder.connect(pod, target.port), allowHalfOpen);
  }

  close(): void {
    this.#forwarder.close();
    this.#sockets.close();
  }

  #podOf({ address, endpoint }: DialTarget): PodName | undefined {
    const { kind, namespace, name } = endpoint?.targetRef ?? {};
    if (kind === "Pod" && namespace !== undefined && name !== undefined) return { namespace, name };
    return this.#podAt(address);
  }
}
