import type { Writable } from "node:stream";
import type { PlannedRelay } from "../../proxy/relays/relay-plan.ts";

/** Says once, for all relays that can't listen, why, and what would allow it. */
export class UnreachableReport {
  readonly #stderr: Writable;
  readonly #said = new Set<string>();
  /** Addresses that were named: what is tried again and fails again is no news. */
  readonly #named = new Set<string>();
  #waiting: { readonly relay: PlannedRelay; readonly reason: string }[] = [];
  #printing = false;

  constructor(stderr: Writable) {
    this.#stderr = stderr;
  }

  /** Whether an address could not be had. */
  has(host: string, port: number): boolean {
    return this.#named.has(`${host}:${port}/TCP`);
  }

  add(relay: PlannedRelay, error: Error): void {
    const address = `${relay.host}:${relay.port}/${relay.protocol}`;
    if (this.#named.has(address)) return;
    this.#named.add(address);
    this.#waiting.push({ relay, reason: (error as NodeJS.ErrnoException).code ?? error.message });
    if (this.#printing) this.print();
  }

  /** Prints what was gathered; from now on everything is printed as it comes, each reason once. */
  print(): void {
    this.#printing = true;
    const byReason = new Map<string, PlannedRelay[]>();
    for (const { relay, reason } of this.#waiting.splice(0)) {
      byReason.set(reason, [...(byReason.get(reason) ?? []), relay]);
    }
    for (const [reason, relays] of byReason) {
      if (reason !== "EADDRINUSE" && this.#said.has(reason)) continue;
      this.#said.add(reason);
      this.#stderr.write(message(reason, relays));
    }
  }
}

function message(reason: string, relays: readonly PlannedRelay[]): string {
  const addresses = relays.map(({ host, port }) => `${host}:${port}`);
  const some =
    addresses.length > 3
      ? `${addresses.slice(0, 3).join(", ")} and ${addresses.length - 3} more`
      : addresses.join(", ");
  const still = "by name everything works through the gateway";
  switch (reason) {
    case "EACCES":
      return `note: ${some}: ports below 1024 need a privilege; ${still}.\n  to allow it: ${allowLowPorts()}\n`;
    case "EADDRNOTAVAIL":
      return `note: ${some}: this machine has only 127.0.0.1; ${still}.\n  to allow one: sudo ifconfig lo0 alias ${relays[0]?.host}\n`;
    case "EADDRINUSE":
      return `note: ${some}: something else listens there; ${still}\n`;
    default:
      return `note: ${some}: ${reason}; ${still}\n`;
  }
}

function allowLowPorts(): string {
  return process.platform === "linux"
    ? "sudo sysctl net.ipv4.ip_unprivileged_port_start=53"
    : "run as an administrator";
}
