import { AskedWrong } from "./answers.ts";
import type { Wanted, WantedTraffic } from "./messages.ts";

/** What a tab wants to receive from now on. */
export interface FollowRequest {
  /** The stream's id from `hello`. */
  readonly stream: string;
  readonly wanted: Wanted;
}

/** @throws AskedWrong for an invalid request. */
export function readFollowRequest(data: unknown): FollowRequest {
  const { stream, wanted } = record(data, "the body");
  const { traffic, requests, events, logs } = record(wanted, "wanted");
  return {
    stream: string(stream, "stream"),
    wanted: {
      ...(traffic !== undefined && { traffic: trafficOf(traffic) }),
      ...(requests === true && { requests }),
      ...(events === true && { events }),
      ...(logs !== undefined && { logs: logsOf(logs) }),
    },
  };
}

function trafficOf(data: unknown): WantedTraffic {
  const { totals = [], lines = [] } = record(data, "traffic");
  return { totals: strings(totals, "totals"), lines: strings(lines, "lines") };
}

function logsOf(data: unknown): NonNullable<Wanted["logs"]> {
  const { pod, container } = record(data, "logs");
  return { pod: string(pod, "pod"), container: string(container, "container") };
}

function record(data: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof data !== "object" || data === null) throw new AskedWrong(`${what} is no object`);
  return data as Readonly<Record<string, unknown>>;
}

function strings(data: unknown, what: string): readonly string[] {
  if (!Array.isArray(data)) throw new AskedWrong(`${what} is no list`);
  return data.map((each) => string(each, what));
}

function string(data: unknown, what: string): string {
  if (typeof data !== "string") throw new AskedWrong(`${what} is no text`);
  return data;
}
