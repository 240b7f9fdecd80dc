import type { TrafficEvent } from "./traffic-event.ts";

/** Upper bounds of the histogram's buckets, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts traffic, in the text format of Prometheus. */
export interface TrafficMetrics {
  /** Counts one event. */
  observe(event: TrafficEvent): void;
  /** The metrics in Prometheus' text format. */
  render(): string;
}

interface Series {
  readonly labels: string;
  count: number;
  bytes: number;
  seconds: number;
  readonly buckets: number[];
}

/** A number that is counted elsewhere, and read when the metrics are rendered. */
export interface Counter {
  readonly name: string;
  readonly help: string;
  /** The counter's current value. */
  value(): number;
}

/**
 * Counts requests and connections by Service, protocol and outcome. Names that aren't Services share one series:
 * clients could make up any number of them.
 * @param counters rendered with the rest.
 */
export function createMetrics(counters: readonly Counter[] = []): TrafficMetrics {
  const series = new Map<string, Series>();
  return {
    observe(event) {
      const { service, kind, protocol } = event;
      const code = event.aborted ?? event.refusal?.code ?? String(event.status ?? "ok");
      const labels = `namespace="${service?.namespace ?? ""}",service="${service?.service ?? ""}",port="${service?.port ?? ""}",kind="${kind}",protocol="${protocol}",code="${code}"`;
      let found = series.get(labels);
      if (found === undefined) {
        found = { labels, count: 0, bytes: 0, seconds: 0, buckets: BUCKETS.map(() => 0) };
        series.set(labels, found);
      }
      const seconds = event.duration / 1000;
      found.count++;
      found.bytes += event.bytes ?? 0;
      found.seconds += seconds;
      for (const [i, bound] of BUCKETS.entries()) {
        if (seconds <= bound) found.buckets[i] = (found.buckets[i] ?? 0) + 1;
      }
    },
    render() {
      const all = [...series.values()];
      const lines = (name: string, type: string, help: string, body: (s: Series) => string[]) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...all.flatMap(body),
      ];
      return `${[
        ...lines(
          "kubelane_sent_bytes_total",
          "counter",
          "Bytes of answers passed on to clients.",
          (s) => [`kubelane_sent_bytes_total{${s.labels}} ${s.bytes}`],
        ),
        ...lines(
          "kubelane_traffic_seconds",
          "histogram",
          "Requests, tunnels and connections by how long they took.",
          (s) => [
            ...BUCKETS.map(
              (bound, i) =>
                `kubelane_traffic_seconds_bucket{${s.labels},le="${bound}"} ${s.buckets[i]}`,
            ),
            `kubelane_traffic_seconds_bucket{${s.labels},le="+Inf"} ${s.count}`,
            `kubelane_traffic_seconds_sum{${s.labels}} ${s.seconds}`,
            `kubelane_traffic_seconds_count{${s.labels}} ${s.count}`,
          ],
        ),
        ...counters.flatMap(({ name, help, value }) => [
          `# HELP ${name} ${help}`,
          `# TYPE ${name} counter`,
          `${name} ${value()}`,
        ]),
      ].join("\n")}\n`;
    },
  };
}
