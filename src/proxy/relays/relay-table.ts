import type { Relay } from "./relay.ts";
import { type PlannedRelay, placeOf } from "./relay-plan.ts";

/** A socket that a Service wants, and whether it should listen now. */
export interface WantedRelay {
  readonly plan: PlannedRelay;
  readonly open: boolean;
}

interface Place {
  /** By the Service or pod that wants it, first come first. */
  readonly claims: Map<string, WantedRelay>;
  /** What the relay was made for. */
  plan: PlannedRelay | undefined;
  relay: Relay | undefined;
  /** Whether that should listen; undefined until it was said. */
  open: boolean | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The relays of all Services, one for each protocol, address and port. Where two Services want the same (one
 * pod behind both, an address that moves from one to the other), the first has it, and the second after it.
 */
export class RelayTable {
  readonly #make: (plan: PlannedRelay) => Relay | undefined;
  readonly #gone: (plan: PlannedRelay) => void;
  readonly #isShared: boolean;
  readonly #places = new Map<string, Place>();
  readonly #byService = new Map<string, ReadonlySet<string>>();
  /** Without a place, but perhaps with connections: nothing kills those of a Service that is gone (P.3). */
  readonly #retired = new Set<Relay>();

  /**
   * @param make gives undefined for what can't be relayed, once it was told.
   * @param gone hears of what has no relay any more.
   * @param isShared whether other programs listen at the same addresses: then each is tried out where nothing is to
   *   listen, so that it is known who answers there.
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

  /** Brings the relays of one Service in step with what it wants now. */
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
    // Nobody else can have taken what listened until now.
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
