import type { Relay } from "./relay.ts";
import { type PlannedRelay, placeOf } from "./relay-plan.ts";

/** A socket that a Service or a pod needs, and whether it should listen now. */
export interface WantedRelay {
  readonly plan: PlannedRelay;
  readonly open: boolean;
}

interface Place {
  /** By the Service or pod that needs it; the first one has it. */
  readonly claims: Map<string, WantedRelay>;
  /** The plan that the relay was made for. */
  plan: PlannedRelay | undefined;
  relay: Relay | undefined;
  /** Whether it should listen; undefined before the first decision. */
  open: boolean | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The relays of all Services and pods, at most one for each protocol, address and port. Where two need the same (one
 * pod behind both, an address that moves from one Service to another), the first has it, and the second gets it
 * afterwards.
 */
export class RelayTable {
  readonly #make: (plan: PlannedRelay) => Relay | undefined;
  readonly #gone: (plan: PlannedRelay) => void;
  readonly #isShared: boolean;
  readonly #places = new Map<string, Place>();
  readonly #byService = new Map<string, ReadonlySet<string>>();
  /** Relays that are not needed any more but still have connections: those outlive the Service (P.3). */
  readonly #retired = new Set<Relay>();

  /**
   * @param make makes a relay; returns undefined for what can't be relayed, after reporting it.
   * @param gone called when a relay isn't needed any more.
   * @param isShared whether other programs listen at the same addresses. Then each address is tried out even while
   * nothing is to listen there, to find out which program would answer in its place.
   */
  constructor(
    make: (plan: PlannedRelay) => Relay | undefined,
    gone: (plan: PlannedRelay) => void,
    isShared: boolean,
  ) {
    this.#make = make;
    this.#gone = gone;
    this.#isShared = isShared;
  }

  /** Makes and removes relays so that one Service has those that it needs now. */
  update(service: string, wanted: readonly WantedRelay[]): void {
    const keys = new Set<string>();
    for (const each of wanted) {
      const key = placeOf(each.plan);
      if (keys.has(key)) continue;
      keys.add(key);
      this.#claim(key, service, each);
    }
    for (const key of this.#byService.get(service) ?? NONE) {
      if (!keys.has(key)) this.#release(key, service);
    }
    if (keys.size === 0) this.#byService.delete(service);
    else this.#byService.set(service, keys);
  }

  #claim(key: string, service: string, wanted: WantedRelay): void {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = { claims: new Map(), plan: undefined, relay: undefined, open: undefined };
      this.#places.set(key, place);
    }
    place.claims.set(service, wanted);
    this.#apply(place);
  }

  #release(key: string, service: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    place.claims.delete(service);
    if (place.claims.size > 0) {
      this.#apply(place);
      return;
    }
    this.#places.delete(key);
    this.#retire(place);
  }

  #apply(place: Place): void {
    const [wanted] = place.claims.values();
    if (wanted === undefined) return;
    const { plan, open } = wanted;
    if (place.plan?.target !== plan.target || place.plan.kind !== plan.kind) {
      this.#retire(place);
      place.plan = plan;
      place.relay = this.#make(plan);
      place.open = undefined;
    }
    place.relay?.setOpen(open);
    // If it was listening until now, no other program can have the address.
    if (!open && place.open === undefined && this.#isShared) place.relay?.tryOut?.();
    place.open = open;
    place.relay?.refresh?.();
  }

  /** Tries again what could not be had. */
  reopen(): void {
    for (const { relay, open } of this.#places.values()) {
      if (relay?.isLost !== true) continue;
      if (open === true) relay.setOpen(true);
      else relay.tryOut?.();
    }
  }

  #retire({ plan, relay }: Place): void {
    if (plan !== undefined) this.#gone(plan);
    if (relay === undefined) return;
    relay.setOpen(false);
    for (const each of this.#retired) if (each.isIdle) this.#retired.delete(each);
    if (!relay.isIdle) this.#retired.add(relay);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#places.values()].map(({ relay }) => relay?.settled()));
  }

  listening(): readonly PlannedRelay[] {
    return [...this.#places.values()].flatMap(({ plan, relay }) =>
      plan !== undefined && relay?.isListening === true ? [plan] : [],
    );
  }

  async close(grace: number): Promise<void> {
    const relays = [...this.#places.values()].flatMap(({ relay }) => relay ?? []);
    this.#places.clear();
    this.#byService.clear();
    await Promise.all([...relays, ...this.#retired].map((relay) => relay.close(grace)));
  }
}
