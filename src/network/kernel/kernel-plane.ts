import type { BalancedPort } from "../../balancer/balanced-port.ts";
import type { Balancer } from "../../balancer/balancer.ts";
import { describeServicePort, type ServicePortKey } from "../../balancer/service-port.ts";
import { append } from "../../objects/append.ts";
import { qualifiedName } from "../../objects/object-key.ts";
import type { IPFamily, Service } from "../../objects/service.ts";
import {
  type PlannedRelay,
  placeOf,
  plannedRelays,
  type RelayPlaces,
} from "../../proxy/relays/relay-plan.ts";
import { touchedServices } from "../../proxy/relays/touched-services.ts";
import type { Store } from "../../store/store.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { type Carriage, carriageOf } from "./carriage.ts";
import { type Elements, elementsOf } from "./elements.ts";
import { NumberedPort, Numbering } from "./numbering.ts";
import { PlaceClaims } from "./place-claims.ts";
import { changeCommands, type ElementChange, removal, ruleset } from "./ruleset.ts";

export interface KernelPlaneOptions {
  readonly store: StoreReader & Pick<Store, "subscribe">;
  readonly balancer: Balancer;
  /** Where Services are offered in the network: the same places as for its relays. */
  readonly places: RelayPlaces;
  readonly policy: string;
  /** Addresses with ports at which this process itself answers. */
  readonly ownAddresses: ReadonlySet<string>;
  /** The network's router, as its pods see it. */
  readonly router: Readonly<Record<IPFamily, string>>;
  /** Carries out commands of nft, all of them or none. @throws what nft says */
  run(commands: string): Promise<void>;
  /** The kernel balances nothing any more: relays do. */
  onFault(error: Error): void;
}

/** Who balances the connections of pods to a service port. */
export interface PortCarriage {
  readonly key: ServicePortKey;
  readonly carriage: Carriage;
}

/** What the kernel has of one service port. */
interface PortState {
  readonly family: IPFamily;
  readonly numbers: NumberedPort;
  elements: Elements;
  carriage: Carriage;
  key: ServicePortKey;
}

interface ServiceState {
  readonly ports: Map<string, PortState>;
  /** Every address of an endpoint, used or not. */
  addresses: ReadonlySet<string>;
}

/** A {@link ElementChange} that grows. */
interface Replacement extends ElementChange {
  readonly removed: [key: string, value: string][];
  readonly added: [key: string, value: string][];
}

const FAMILIES = ["IPv4", "IPv6"] as const satisfies readonly IPFamily[];

const NO_ELEMENTS: Elements = new Map();

/** How much one transaction has, about: the kernel takes it in one message, which is limited for ordinary users. */
const MAX_ELEMENTS = 1_500;

/**
 * Has the kernel balance connections of pods to Services, by rules in the router's namespace. Relays listen all the
 * same: a connection that no rule is for comes to them, be it because the kernel can't carry it or not yet.
 */
export class KernelPlane {
  readonly #options: KernelPlaneOptions;
  readonly #services = new Map<string, ServiceState>();
  readonly #byAddress = new Map<string, Set<string>>();
  readonly #claims = new PlaceClaims();
  readonly #numbering = new Numbering();
  readonly #members = new Set<string>();
  readonly #chains: Record<IPFamily, Set<string>> = { IPv4: new Set(), IPv6: new Set() };
  /** Services that have changed. */
  readonly #dirty = new Set<string>();
  /** Addresses that pods have got or lost. */
  readonly #moved = new Set<string>();
  /** Addresses of pods that the rules know. */
  readonly #hairpins = new Set<string>();
  #families: readonly IPFamily[] = [];
  #unsubscribe: (() => void) | undefined;
  #work: Promise<void> | undefined;

  constructor(options: KernelPlaneOptions) {
    this.#options = options;
  }

  /** Makes the rules; from now on they follow the store. @throws what nft says where it can't be had */
  async open(): Promise<void> {
    const { store, run, router } = this.#options;
    await run(ruleset("IPv4", router.IPv4));
    const hasIPv6 = await run(ruleset("IPv6", router.IPv6)).then(
      () => true,
      () => false,
    );
    this.#families = hasIPv6 ? FAMILIES : ["IPv4"];
    this.#unsubscribe = store.subscribe((changes) => this.#touch(touchedServices(changes)));
    this.#touchAll();
    await this.settled();
  }

  /** Addresses of a pod that the kernel routes to from now on. */
  add(addresses: readonly string[]): void {
    for (const address of addresses) {
      this.#members.add(address);
      this.#move(address);
    }
  }

  remove(addresses: readonly string[]): void {
    for (const address of addresses) {
      this.#members.delete(address);
      this.#move(address);
    }
  }

  /** Who carries each service port that is offered in the network. */
  carriages(): PortCarriage[] {
    return [...this.#services.values()].flatMap(({ ports }) =>
      [...ports.values()].map(({ key, carriage }) => ({ key, carriage })),
    );
  }

  /** Resolves when the rules are as the store is now. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #touchAll(): void {
    const services = this.#options.store.list("Service");
    this.#touch(services.map(({ metadata }) => qualifiedName(metadata.namespace, metadata.name)));
  }

  #touch(services: Iterable<string>): void {
    for (const id of services) this.#dirty.add(id);
    this.#schedule();
  }

  #move(address: string): void {
    this.#moved.add(address);
    this.#touch(this.#byAddress.get(address) ?? []);
  }

  /** What comes together is one transaction, and what comes meanwhile is the next. */
  #schedule(): void {
    if (this.#unsubscribe === undefined || this.#work !== undefined) return;
    if (this.#dirty.size === 0 && this.#moved.size === 0) return;
    this.#work = this.#flush().finally(() => {
      this.#work = undefined;
      this.#schedule();
    });
  }

  async #flush(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    try {
      await this.#applyAll();
    } catch {
      try {
        await this.#rebuild();
      } catch (error) {
        await this.#giveUp(error as Error);
      }
    }
  }

  async #applyAll(): Promise<void> {
    while (this.#dirty.size > 0 || this.#moved.size > 0) {
      const commands = this.#nextBatch();
      if (commands !== "") await this.#options.run(commands);
    }
  }

  /** The rules are not what was thought: all of them once more. */
  async #rebuild(): Promise<void> {
    const { run, router } = this.#options;
    for (const family of this.#families) {
      this.#chains[family].clear();
      await run(`${removal(family)}${ruleset(family, router[family])}`);
    }
    for (const { ports } of this.#services.values()) {
      for (const state of ports.values()) state.elements = NO_ELEMENTS;
    }
    this.#hairpins.clear();
    for (const address of this.#members) this.#moved.add(address);
    for (const id of this.#services.keys()) this.#dirty.add(id);
    await this.#applyAll();
  }

  async #giveUp(error: Error): Promise<void> {
    const { run, onFault } = this.#options;
    this.close();
    this.#dirty.clear();
    this.#moved.clear();
    this.#services.clear();
    for (const family of this.#families) await run(removal(family)).catch(() => {});
    onFault(error);
  }

  #nextBatch(): string {
    const changes: Record<IPFamily, Replacement> = {
      IPv4: { removed: [], added: [] },
      IPv6: { removed: [], added: [] },
    };
    const heirs = new Set<string>();
    const isFull = () =>
      FAMILIES.some((family) => {
        const { removed, added } = changes[family];
        return removed.length + added.length >= MAX_ELEMENTS;
      });
    for (const address of this.#moved) {
      if (isFull()) break;
      this.#moved.delete(address);
      const isThere = this.#members.has(address);
      if (isThere === this.#hairpins.has(address)) continue;
      if (isThere) this.#hairpins.add(address);
      else this.#hairpins.delete(address);
      const { added, removed } = changes[address.includes(":") ? "IPv6" : "IPv4"];
      (isThere ? added : removed).push([`hairpins ${address} . ${address}`, ""]);
    }
    for (const id of this.#dirty) {
      if (isFull()) break;
      this.#dirty.delete(id);
      for (const { family, removed, added } of this.#changesOf(id, heirs)) {
        append(changes[family].removed, removed);
        append(changes[family].added, added);
      }
    }
    // Not in this transaction: it may have changed them already, and takes away before it adds.
    for (const heir of heirs) this.#dirty.add(heir);
    return this.#families
      .map((family) => changeCommands(family, changes[family], this.#chains[family]))
      .join("");
  }

  /**
   * Brings what is known of a Service in step with the store.
   * @param heirs gets Services that have a place by it that this one had
   */
  #changesOf(id: string, heirs: Set<string>): (Replacement & { readonly family: IPFamily })[] {
    const plans = this.#plansOf(id);
    for (const heir of this.#claims.update(id, new Set(plans.map(placeOf)))) heirs.add(heir);
    let state = this.#services.get(id);
    if (plans.length === 0 && state === undefined) return [];
    state ??= { ports: new Map(), addresses: new Set() };
    this.#services.set(id, state);
    const { ports } = state;
    const before = new Map(ports);
    const addresses = new Set<string>();
    const changes = [];
    const { policy, ownAddresses } = this.#options;
    const surroundings = {
      policy,
      ownAddresses,
      families: this.#families,
      isMember: (address: string) => this.#members.has(address),
    };
    for (const [target, own] of byTarget(plans)) {
      for (const { address } of target.table.all) addresses.add(address);
      const port = describeServicePort(target.key);
      const carriage = carriageOf(
        target,
        own.filter((plan) => this.#claims.has(id, placeOf(plan))),
        surroundings,
      );
      let known = before.get(port);
      before.delete(port);
      if (known === undefined) {
        const { key } = target;
        const numbers = new NumberedPort(this.#numbering);
        known = { family: key.family, numbers, elements: NO_ELEMENTS, carriage, key };
        ports.set(port, known);
      }
      known.carriage = carriage;
      changes.push(replace(known, carriage));
    }
    for (const [port, gone] of before) {
      ports.delete(port);
      changes.push(replace(gone, undefined));
    }
    this.#index(id, state, addresses);
    if (ports.size === 0) this.#services.delete(id);
    return changes;
  }

  #plansOf(id: string): readonly PlannedRelay[] {
    const { store, balancer, places } = this.#options;
    const slash = id.indexOf("/");
    const service: Service | undefined = store.get(
      "Service",
      id.slice(0, slash),
      id.slice(slash + 1),
    );
    return service === undefined ? [] : plannedRelays(service, balancer, places);
  }

  #index(id: string, state: ServiceState, addresses: ReadonlySet<string>): void {
    for (const address of state.addresses) {
      if (addresses.has(address)) continue;
      const services = this.#byAddress.get(address);
      services?.delete(id);
      if (services?.size === 0) this.#byAddress.delete(address);
    }
    for (const address of addresses) {
      const services = this.#byAddress.get(address);
      if (services === undefined) this.#byAddress.set(address, new Set([id]));
      else services.add(id);
    }
    state.addresses = addresses;
  }
}

function byTarget(plans: readonly PlannedRelay[]): ReadonlyMap<BalancedPort, PlannedRelay[]> {
  const found = new Map<BalancedPort, PlannedRelay[]>();
  for (const plan of plans) {
    const own = found.get(plan.target);
    if (own === undefined) found.set(plan.target, [plan]);
    else own.push(plan);
  }
  return found;
}

/** Puts a new state in the place of the old one. @returns what it takes */
function replace(
  state: PortState,
  carriage: Carriage | undefined,
): Replacement & { readonly family: IPFamily } {
  const { elements: before, numbers, family } = state;
  const after =
    carriage?.by === "kernel"
      ? elementsOf(carriage.port, numbers.follow(carriage.port))
      : NO_ELEMENTS;
  state.elements = after;
  const isNew =
    (old: Elements) =>
    ([key, value]: readonly [string, string]) =>
      old.get(key) !== value;
  return {
    family,
    removed: [...before].filter(isNew(after)),
    added: [...after].filter(isNew(before)),
  };
}
