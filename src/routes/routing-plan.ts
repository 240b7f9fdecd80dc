import type { StoreReader } from "../store/store-reader.ts";
import { RouteTable } from "./route-table.ts";
import type { ServedClasses } from "./served-classes.ts";
import { type Routing, translate } from "./translate.ts";

const NOTHING: Routing = {
  gateways: [],
  routes: [],
  policies: [],
  ingresses: [],
  ingress: [],
  everything: new RouteTable([]),
  faults: [],
};

/** The current plan: rebuilt when objects change, and read for every request. */
export class RoutingPlan {
  readonly #classes: ServedClasses;
  #current = NOTHING;
  /** Grows with every plan. */
  version = 0;

  constructor(classes?: ServedClasses) {
    this.#classes = classes;
  }

  get current(): Routing {
    return this.#current;
  }

  get isEmpty(): boolean {
    return this.#current === NOTHING;
  }

  update(store: StoreReader): Routing {
    this.#current = translate(store, this.#classes);
    this.version++;
    return this.#current;
  }
}
