import { request } from "node:http";
import type { RunningEngine } from "../../control/client.ts";
import { followTraffic } from "../../control/traffic.ts";
import { parseListenAddress } from "../../net/listen-address.ts";
import type { TrafficEvent } from "../../proxy/traffic-event.ts";

/** The outcome of a request. */
export interface RequestTrace {
  readonly status?: number;
  readonly milliseconds: number;
  readonly bytes: number;
  /** The pod that answered, where the running engine reports it. */
  readonly pod?: string;
  /** How it was chosen. */
  readonly why?: string;
  readonly attempts: number;
  /** Why the gateway answered by itself. */
  readonly reason?: string;
  /** Why there was no answer. */
  readonly error?: string;
}

/** Milliseconds that a request may take, and that the engine may take to report it. */
const PATIENCE = 30_000;
const TELLING = 2000;

/** Sends a GET request through the gateway of a running engine, and asks it which pod answered. */
export async function traceRequest(
  { info, socketPath }: RunningEngine,
  url: URL,
  host: string,
): Promise<RequestTrace> {
  const stop = new AbortController();
  const traffic = await followTraffic(socketPath, stop.signal);
  const event = traffic && firstMatching(traffic, url);
  try {
    const answer = await get(info.gateway ?? "", url, host);
    const told = answer.error === undefined ? await within(event, TELLING) : undefined;
    return {
      ...answer,
      attempts: told?.attempts ?? 1,
      ...(told?.pod === undefined ? {} : { pod: told.pod }),
      ...(told?.why === undefined ? {} : { why: told.why }),
      ...(told?.refusal === undefined ? {} : { reason: told.refusal.reason }),
    };
  } finally {
    stop.abort();
  }
}

type Answer = Omit<RequestTrace, "attempts" | "pod" | "why" | "reason">;

function get(gateway: string, url: URL, host: string): Promise<Answer> {
  const began = performance.now();
  const { host: address, port } = parseListenAddress(gateway);
  const suffix = url.port === "" ? "" : `:${url.port}`;
  const path = `http://${host}${suffix}${url.pathname}${url.search}`;
  return new Promise((resolve) => {
    let bytes = 0;
    const done = (rest: { status?: number; error?: string }) =>
      resolve({ ...rest, bytes, milliseconds: performance.now() - began });
    const call = request(
      {
        host: address,
        port,
        path,
        headers: { host: `${host}${suffix}` },
        timeout: PATIENCE,
        agent: false,
      },
      (response) => {
        const { statusCode: status } = response;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on("end", () => done(status === undefined ? {} : { status }));
        response.on("error", ({ message }) => done({ error: message }));
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    call.on("error", ({ message }) => done({ error: message })).end();
  });
}

async function firstMatching(
  traffic: AsyncIterable<TrafficEvent>,
  url: URL,
): Promise<TrafficEvent | undefined> {
  try {
    for await (const event of traffic) {
      const { kind, method, path = "" } = event;
      if (kind === "request" && method === "GET" && path.endsWith(url.pathname + url.search))
        return event;
    }
  } catch {
    // The engine ended, or this command stopped listening.
  }
  return undefined;
}

async function within<T>(promise: Promise<T> | undefined, time: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, time, undefined);
  });
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return result;
}
