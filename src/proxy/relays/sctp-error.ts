import { hostPort } from "../../net/host-port.ts";
import type { PlannedRelay } from "./relay-plan.ts";

/** Node has no SCTP: only a kernel's data plane could serve such a port (P.7). */
export class SctpError extends Error {
  readonly code = "sctp-unsupported";

  constructor({ address, port, target }: PlannedRelay) {
    const { namespace, service } = target.key;
    super(
      `${namespace}/${service} has the SCTP port ${hostPort(address, port)}, and SCTP can't be relayed from here; use a TCP or UDP port, or a cluster`,
    );
    this.name = "SctpError";
  }
}
