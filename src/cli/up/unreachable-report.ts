import type { Writable } from "node:stream";
import type { UnreachablePlace } from "../../engine/events.ts";
import { describeHolder, type PortHolder } from "../../net/port-holder.ts";
import { placeOf } from "../../proxy/relays/relay-plan.ts";

/** Milliseconds in which addresses that are had again are gathered: what kept one kept others. */
const GATHER = 100;

interface Lost {
  readonly relay: UnreachablePlace;
  readonly reason: string;
  readonly holder: PortHolder | undefined;
}

/** Says once, for all relays that can't listen, why, and what would allow it; and when they can after all. */
export class UnreachableReport {
  readonly #stderr: Writable;
  readonly #platform: NodeJS.Platform;
  readonly #said = new Set<string>();
  /** Addresses that were named: what is tried again and fails again is no news. */
  readonly #named = new Set<string>();
  #waiting: Lost[] = [];
  #regained: UnreachablePlace[] = [];
  #printing = false;

  constructor(stderr: Writable, platform: NodeJS.Platform = process.platform) {
    this.#stderr = stderr;
    this.#platform = platform;
  }

  add(relay: UnreachablePlace, error: Error, holder?: PortHolder): void {
    const place = placeOf(relay);
    if (this.#named.has(place)) return;
    this.#named.add(place);
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    this.#waiting.push({ relay, reason, holder });
    if (this.#printing) this.print();
  }

  /** Prints what was gathered; from now on everything is printed as it comes, each reason once. */
  print(): void {
    this.#printing = true;
    const groups = new Map<string, Lost[]>();
    for (const lost of this.#waiting.splice(0)) {
      const who = lost.holder === undefined ? "" : describeHolder(lost.holder);
      const key = `${lost.reason} ${who}`;
      groups.set(key, [...(groups.get(key) ?? []), lost]);
    }
    for (const [key, group] of groups) {
      const { reason, holder } = group[0] as Lost;
      const isHeld = reason === "EADDRINUSE" || holder !== undefined;
      if (!isHeld && this.#said.has(key)) continue;
      this.#said.add(key);
      const relays = group.map(({ relay }) => relay);
      this.#stderr.write(
        isHeld ? heldMessage(relays, holder) : message(reason, relays, this.#platform),
      );
    }
  }

  /** An address could be had after all. */
  regained(relay: UnreachablePlace): void {
    if (!this.#named.delete(placeOf(relay))) return;
    this.#regained.push(relay);
    if (this.#regained.length > 1) return;
    setTimeout(() => {
      this.#stderr.write(`note: ${someOf(this.#regained.splice(0))}: free now, and served\n`);
    }, GATHER).unref();
  }
}

const STILL = "by name everything works through the gateway";

function heldMessage(relays: readonly UnreachablePlace[], holder: PortHolder | undefined): string {
  const who = holder === undefined ? "another program" : describeHolder(holder);
  return `note: ${someOf(relays)}: ${who} listens there; DNS names no address that others hold, ${STILL}\n`;
}

function message(
  reason: string,
  relays: readonly UnreachablePlace[],
  platform: NodeJS.Platform,
): string {
  const some = someOf(relays);
  switch (reason) {
    case "EACCES":
      return `note: ${some}: ports below 1024 need a privilege; ${STILL}.\n  to allow it: ${allowLowPorts(platform)}\n`;
    case "EADDRNOTAVAIL":
      return `note: ${some}: this machine has only 127.0.0.1; ${STILL}.\n  to allow one: sudo ifconfig lo0 alias ${relays[0]?.host}\n`;
    default:
      return `note: ${some}: ${reason}; ${STILL}\n`;
  }
}

function someOf(relays: readonly UnreachablePlace[]): string {
  const addresses = relays.map(({ host, port }) => `${host}:${port}`);
  return addresses.length > 3
    ? `${addresses.slice(0, 3).join(", ")} and ${addresses.length - 3} more`
    : addresses.join(", ");
}

function allowLowPorts(platform: NodeJS.Platform): string {
  return platform === "linux"
    ? "sudo sysctl net.ipv4.ip_unprivileged_port_start=53"
    : "run as an administrator";
}
