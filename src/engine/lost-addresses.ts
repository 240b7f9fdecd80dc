import type { TakenAddresses } from "../dns/taken-addresses.ts";
import { hostPort } from "../net/host-port.ts";
import { describeHolder, type PortHolder, PortHolders } from "../net/port-holder.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import { type PlannedRelay, placeOf } from "../proxy/relays/relay-plan.ts";

/** An address of this machine that a relay should listen on and could not bind. */
export interface LostAddress {
  readonly relay: PlannedRelay;
  /** The system's code, or another reason. */
  readonly reason: string;
  /** The program that holds it, where this machine tells. */
  readonly holder: PortHolder | undefined;
}

/** The addresses that relays could not bind, with the programs that hold them. */
export class LostAddresses implements TakenAddresses {
  readonly #byPlace = new Map<string, LostAddress>();
  /** The same in the form that DNS needs, to leave those addresses out. */
  readonly #taken = new Map<string, string>();
  readonly #holders = new PortHolders();
  readonly #listeners = new Set<(host: string) => void>();
  readonly #localAddressOf: LocalAddressOf;

  constructor(localAddressOf: LocalAddressOf) {
    this.#localAddressOf = localAddressOf;
  }

  add(relay: PlannedRelay, error: NodeJS.ErrnoException): LostAddress {
    const reason = error.code ?? error.message;
    const holder = this.#holderOf(relay, reason);
    const lost = { relay, reason, holder };
    this.#byPlace.set(placeOf(relay), lost);
    const answers = reason === "EADDRINUSE" || holder !== undefined;
    if (answers && !this.#isOwn(lost)) {
      const who = holder === undefined ? "another program" : describeHolder(holder);
      this.#set(relay, who);
    } else {
      this.#set(relay, undefined);
    }
    return lost;
  }

  /** For an address without endpoints it only matters whether another program answers there. */
  addIfTaken(relay: PlannedRelay, error: NodeJS.ErrnoException): void {
    const { reason, holder } = this.add(relay, error);
    if (reason !== "EADDRINUSE" && holder === undefined) this.delete(relay);
  }

  #holderOf({ protocol, host, port }: PlannedRelay, reason: string): PortHolder | undefined {
    if (protocol === "SCTP") return undefined;
    // For a port that may not be bound the system reports EACCES, even if another program holds it.
    if (reason !== "EADDRINUSE" && reason !== "EACCES") return undefined;
    const holder = this.#holders.holderOf(host, port, protocol);
    if (holder !== undefined || reason !== "EADDRINUSE") return holder;
    // The program that holds it has started since the last check.
    this.#holders.refresh();
    return this.#holders.holderOf(host, port, protocol);
  }

  delete(relay: PlannedRelay): void {
    this.#byPlace.delete(placeOf(relay));
    this.#set(relay, undefined);
  }

  list(): readonly LostAddress[] {
    return [...this.#byPlace.values()];
  }

  holderOf(host: string, port: number): string | undefined {
    return this.#taken.get(hostPort(host, port));
  }

  subscribe(listener: (host: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whether the right program answers there: the gateway of this process, or a pod of the Service itself. */
  #isOwn({ relay: { port, target }, holder }: LostAddress): boolean {
    if (holder?.pid === process.pid) return true;
    return target.table.all.some((backend) => {
      const local = this.#localAddressOf(backend.address, backend.port);
      return local?.door === undefined && local?.port === port;
    });
  }

  #set({ host, port }: PlannedRelay, holder: string | undefined): void {
    const address = hostPort(host, port);
    if (this.#taken.get(address) === holder) return;
    if (holder === undefined) this.#taken.delete(address);
    else this.#taken.set(address, holder);
    for (const listener of [...this.#listeners]) listener(host);
  }
}
