import type { Socket } from "node:net";
import type { DatagramAddress, Dialer, DialOptions, DialTarget } from "../../proxy/dialer.ts";
import { directDialer } from "../../proxy/direct-dialer.ts";
import { PairedSockets } from "./paired-sockets.ts";
import type { PodReach } from "./pod-reach.ts";
import type { PodName, PortForwarder } from "./port-forward.ts";

/** The Pod with an address, where the endpoint has no reference to it. */
export type PodAt = (address: string) => PodName | undefined;

/** Reaches the Pods of a cluster directly or by port-forward, and other endpoints directly. UDP can't be forwarded. */
export class PodDialer implements Dialer {
  readonly #forwarder: PortForwarder;
  readonly #podAt: PodAt;
  readonly #reach: Pick<PodReach, "now" | "isFixed" | "doubt">;
  readonly #sockets = new PairedSockets();

  constructor(
    forwarder: PortForwarder,
    podAt: PodAt,
    reach: Pick<PodReach, "now" | "isFixed" | "doubt">,
  ) {
    this.#forwarder = forwarder;
    this.#podAt = podAt;
    this.#reach = reach;
  }

  dial(target: DialTarget, options: DialOptions = {}): Socket {
    if (this.#reach.now === "direct") return this.#watched(directDialer.dial(target, options));
    const pod = this.#podOf(target);
    if (pod === undefined) return directDialer.dial(target, options);
    const { allowHalfOpen = false } = options;
    return this.#sockets.connect(() => this.#forwarder.connect(pod, target.port), allowHalfOpen);
  }

  /** Where the way to Pods may change, each connection is made here, so that a failed one is noticed. */
  streamAddress(target: DialTarget) {
    const isDirect = this.#reach.isFixed && this.#reach.now === "direct";
    return isDirect ? directDialer.streamAddress?.(target) : undefined;
  }

  datagramAddress(target: DialTarget): DatagramAddress | undefined {
    const isDirect = this.#reach.now === "direct" || this.#podOf(target) === undefined;
    return isDirect ? directDialer.datagramAddress?.(target) : undefined;
  }

  close(): void {
    this.#forwarder.close();
    this.#sockets.close();
  }

  /**
   * Only a refusal proves that the Pod was reached; any other error, and silence, may mean that it can't be reached
   * any more.
   */
  #watched(socket: Socket): Socket {
    if (this.#reach.isFixed) return socket;
    let isReached = false;
    socket.once("connect", () => {
      isReached = true;
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") isReached = true;
    });
    socket.once("close", () => {
      if (!isReached) this.#reach.doubt();
    });
    return socket;
  }

  #podOf({ address, endpoint }: DialTarget): PodName | undefined {
    const { kind, namespace, name } = endpoint?.targetRef ?? {};
    if (kind === "Pod" && namespace !== undefined && name !== undefined) return { namespace, name };
    return this.#podAt(address);
  }
}
