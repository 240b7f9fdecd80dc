import { qualifiedName } from "../objects/object-key.ts";
import { type EdgeRate, edgeEnd, type WantedTraffic } from "./messages.ts";

/** Rates cover the last few seconds; counts are kept for each second. */
const SECONDS = 5;
/** Durations are counted in classes, each a fifth longer than the one before. */
const CLASSES = 80;
const GROWTH = Math.log(1.2);
const SHORTEST = 0.05;
/** Seconds without traffic after which an edge is dropped. */
const FORGET = 60;

/** One request, tunnel or connection that is over. */
export interface MeteredRequest {
  /** An id of the map. */
  readonly service: string;
  /** The id of a pod. Absent: it came from no pod. */
  readonly caller?: string | undefined;
  readonly route?: string | undefined;
  /** The name of a pod in the namespace of the Service. */
  readonly pod?: string | undefined;
  /** Milliseconds. */
  readonly duration: number;
  readonly failed: boolean;
}

/** A Service that a tab shows. */
interface Watched {
  /** The total, from wherever. */
  readonly total: Edge;
  /** The single edges; undefined while only the total is shown. */
  lines: Lines | undefined;
}

/** The edges to a Service and from it. */
interface Lines {
  /** By caller, then by route: every edge to the Service. */
  readonly ways: Map<string, Map<string, readonly Edge[]>>;
  readonly pods: Map<string, Edge>;
}

/**
 * Rates and durations of the edges that tabs show. A request to a Service that no tab shows costs one map look-up, so
 * that the page costs a busy gateway nothing measurable.
 */
export class TrafficMeter {
  readonly #watched = new Map<string, Watched>();
  /** Traffic to a route, which may lead to several Services. */
  readonly #routes = new Map<string, Edge>();

  /** Sets what is counted from now on. Existing counts are kept. @param now milliseconds, as everywhere here. */
  watch(wanted: Iterable<WantedTraffic>, now: number): void {
    const totals = new Set<string>();
    const lines = new Set<string>();
    for (const each of wanted) {
      for (const id of each.totals ?? []) totals.add(id);
      for (const id of each.lines ?? []) lines.add(id);
    }
    for (const id of this.#watched.keys()) {
      if (!totals.has(id) && !lines.has(id)) this.#watched.delete(id);
    }
    for (const id of [...totals, ...lines]) {
      const total =
        this.#watched.get(id)?.total ?? new Edge(edgeEnd.anyone, edgeEnd.service(id), now);
      const known = this.#watched.get(id)?.lines ?? { ways: new Map(), pods: new Map() };
      this.#watched.set(id, { total, lines: lines.has(id) ? known : undefined });
    }
  }

  watches(service: string): boolean {
    return this.#watched.has(service);
  }

  note({ service, caller, route, pod, duration, failed }: MeteredRequest, now: number): void {
    const watched = this.#watched.get(service);
    if (watched === undefined) return;
    const { total, lines } = watched;
    const at = Math.floor(now / 1000);
    const index = classOf(duration);
    total.note(at, index, failed);
    if (lines === undefined) return;
    for (const edge of this.#wayIn(lines, total, caller, route)) edge.note(at, index, failed);
    if (pod === undefined) return;
    let out = lines.pods.get(pod);
    if (out === undefined) {
      const namespace = service.slice(0, service.indexOf("/"));
      out = new Edge(total.to, edgeEnd.pod(qualifiedName(namespace, pod)), total.since);
      lines.pods.set(pod, out);
    }
    out.note(at, index, failed);
  }

  #wayIn(
    { ways }: Lines,
    { to, since }: Edge,
    caller: string | undefined,
    route: string | undefined,
  ): readonly Edge[] {
    const routes = ways.get(caller ?? "") ?? new Map<string, readonly Edge[]>();
    if (routes.size === 0) ways.set(caller ?? "", routes);
    const known = routes.get(route ?? "");
    if (known !== undefined) return known;
    const from = caller === undefined ? edgeEnd.outside : edgeEnd.pod(caller);
    const way =
      route === undefined
        ? [new Edge(from, to, since)]
        : [this.#edgeToRoute(from, route, since), new Edge(edgeEnd.route(route), to, since)];
    routes.set(route ?? "", way);
    return way;
  }

  #edgeToRoute(from: string, route: string, since: number): Edge {
    const key = `${from}>${route}`;
    const edge = this.#routes.get(key) ?? new Edge(from, edgeEnd.route(route), since);
    this.#routes.set(key, edge);
    return edge;
  }

  /** The traffic of the shown edges in the last few seconds, without idle ones. */
  rates({ totals = [], lines = [] }: WantedTraffic, now: number): EdgeRate[] {
    const edges = new Set<Edge>();
    for (const id of totals) {
      const total = this.#watched.get(id)?.total;
      if (total !== undefined) edges.add(total);
    }
    for (const id of lines) {
      for (const edge of edgesOf(this.#watched.get(id)?.lines)) edges.add(edge);
    }
    const rates: EdgeRate[] = [];
    for (const edge of edges) {
      const rate = edge.rate(now);
      if (rate !== undefined) rates.push(rate);
    }
    return rates;
  }

  /** Drops edges of pods and callers that are gone. */
  forget(now: number): void {
    const isOld = ({ last }: Edge) => last <= now / 1000 - FORGET;
    for (const { lines } of this.#watched.values()) {
      for (const [pod, edge] of lines?.pods ?? []) if (isOld(edge)) lines?.pods.delete(pod);
      for (const [caller, routes] of lines?.ways ?? []) {
        for (const [route, way] of routes) if (way.every(isOld)) routes.delete(route);
        if (routes.size === 0) lines?.ways.delete(caller);
      }
    }
    for (const [key, edge] of this.#routes) if (isOld(edge)) this.#routes.delete(key);
  }
}

function* edgesOf(lines: Lines | undefined): Generator<Edge> {
  if (lines === undefined) return;
  for (const routes of lines.ways.values()) for (const way of routes.values()) yield* way;
  yield* lines.pods.values();
}

class Edge {
  readonly from: string;
  readonly to: string;
  /** When counting began, in milliseconds. */
  readonly since: number;
  /** The last second with traffic. */
  last = 0;
  /** The second that each slot counts. */
  readonly #at = new Float64Array(SECONDS).fill(-1);
  readonly #errors = new Uint32Array(SECONDS);
  readonly #durations = new Uint32Array(SECONDS * CLASSES);

  constructor(from: string, to: string, since: number) {
    this.from = from;
    this.to = to;
    this.since = since;
  }

  note(at: number, index: number, failed: boolean): void {
    const place = at % SECONDS;
    if (this.#at[place] !== at) {
      this.#at[place] = at;
      this.#errors[place] = 0;
      this.#durations.fill(0, place * CLASSES, (place + 1) * CLASSES);
    }
    this.last = at;
    if (failed) (this.#errors[place] as number)++;
    (this.#durations[place * CLASSES + index] as number)++;
  }

  /** @returns undefined without traffic. */
  rate(now: number): EdgeRate | undefined {
    const oldest = Math.floor(now / 1000) - SECONDS;
    if (this.last <= oldest) return undefined;
    const sums = new Uint32Array(CLASSES);
    let count = 0;
    let errors = 0;
    for (let place = 0; place < SECONDS; place++) {
      if ((this.#at[place] as number) <= oldest) continue;
      errors += this.#errors[place] as number;
      for (let index = 0; index < CLASSES; index++) {
        const noted = this.#durations[place * CLASSES + index] as number;
        sums[index] = (sums[index] as number) + noted;
        count += noted;
      }
    }
    // Rates over less than this time would be too low, so the time is extended to it.
    const seconds = Math.min(SECONDS, Math.max(1, (now - this.since) / 1000));
    return {
      from: this.from,
      to: this.to,
      rate: rounded(count / seconds),
      p50: percentile(sums, count * 0.5),
      p99: percentile(sums, count * 0.99),
      errors: rounded(errors / count),
    };
  }
}

function percentile(sums: Uint32Array, rank: number): number {
  let seen = 0;
  for (let index = 0; index < CLASSES; index++) {
    seen += sums[index] as number;
    if (seen >= rank) return rounded(SHORTEST * Math.exp((index + 0.5) * GROWTH));
  }
  return rounded(SHORTEST * Math.exp(CLASSES * GROWTH));
}

function classOf(duration: number): number {
  if (duration <= SHORTEST) return 0;
  return Math.min(CLASSES - 1, Math.floor(Math.log(duration / SHORTEST) / GROWTH));
}

/** Rounded to what can be distinguished: more digits would only cost bandwidth. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
