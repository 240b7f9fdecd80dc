import { hostPort } from "../../net/host-port.ts";
import type { CarriedPort, Target } from "./carriage.ts";
import { FIRST_ENDPOINT, type PortNumbers } from "./elements.ts";

/** Zones of conntrack have 16 bits, and 0 is that of everything else. */
const ZONES = 0xffff;

/** Gives out numbers, none of them twice. */
export class Numbering {
  #ways = 0;
  #endpoints = FIRST_ENDPOINT;
  #generations = 0;

  nextWay = (): number => ++this.#ways;
  nextEndpoint = (): number => this.#endpoints++;
  /** They come again after a while: long after the flows of the first time have lapsed. */
  nextGeneration = (): number => (this.#generations++ % ZONES) + 1;
}

/** The numbers of one service port, as long as it is there. */
export class NumberedPort implements PortNumbers {
  readonly #numbering: Numbering;
  readonly #ways: number[] = [];
  readonly #endpoints = new Map<string, number>();
  #targets: ReadonlySet<string> = new Set();
  generation = 0;

  constructor(numbering: Numbering) {
    this.#numbering = numbering;
  }

  /** Before the elements of a new state are made. */
  follow({ ways }: CarriedPort): this {
    const targets = new Set(ways.flatMap((way) => way.targets.map(idOf)));
    const isGone = [...this.#targets].some((target) => !targets.has(target));
    if (isGone || this.#targets.size === 0) this.generation = this.#numbering.nextGeneration();
    this.#targets = targets;
    return this;
  }

  way(index: number): number {
    const number = this.#ways[index] ?? this.#numbering.nextWay();
    this.#ways[index] = number;
    return number;
  }

  endpoint(target: Target): number {
    const id = idOf(target);
    let number = this.#endpoints.get(id);
    if (number === undefined) {
      number = this.#numbering.nextEndpoint();
      this.#endpoints.set(id, number);
    }
    return number;
  }
}

const idOf = ({ address, port }: Target): string => hostPort(address, port);
