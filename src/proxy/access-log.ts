import { describeServicePort } from "../balancer/service-port.ts";
import type { TrafficEvent } from "./traffic-event.ts";

/** One line for one event, without a line break at its end. */
export function accessLogLine(event: TrafficEvent, time: Date, format: "text" | "json"): string {
  return format === "json" ? jsonLine(event, time) : textLine(event, time);
}

function jsonLine({ service, refusal, ...event }: TrafficEvent, time: Date): string {
  return JSON.stringify({
    time: time.toISOString(),
    ...event,
    duration: Math.round(event.duration * 1000) / 1000,
    ...(service === undefined ? {} : { service: describeServicePort(service) }),
    ...(refusal === undefined ? {} : { refused: refusal.code, reason: refusal.reason }),
  });
}

/** `12:00:00.000 127.0.0.1 GET web.shop/x 200 13B 1.2ms → shop/web web-1 (random of 3 ready endpoints)` */
function textLine(event: TrafficEvent, time: Date): string {
  const what =
    event.kind === "request" || event.kind === "upgrade"
      ? `${event.method ?? "-"} ${printable(event.host ?? "")}${printable(pathOf(event))}`
      : `${event.protocol} ${printable(event.host ?? "")}`;
  const parts = [wallClock(time), event.client, what];
  if (event.status !== undefined) parts.push(String(event.status));
  if (event.bytes !== undefined) parts.push(`${event.bytes}B`);
  parts.push(`${event.duration.toFixed(1)}ms`);
  if (event.service !== undefined) parts.push(`→ ${describeServicePort(event.service)}`);
  const pod = event.pod ?? event.endpoint;
  if (pod !== undefined) parts.push(`${pod} (${event.why ?? ""})`);
  if (event.attempts > 1) parts.push(`attempt ${event.attempts}`);
  if (event.aborted !== undefined) parts.push(`broken off by the ${event.aborted}`);
  if (event.refusal !== undefined) parts.push(`refused: ${printable(event.refusal.reason)}`);
  return parts.join(" ");
}

/** The path of an absolute URL that was sent to the gateway as a proxy: the host is printed before it already. */
function pathOf({ path = "" }: TrafficEvent): string {
  return path.replace(/^https?:\/\/[^/?#]*/i, "");
}

/** Local time of day: people compare it with a clock. */
function wallClock(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, "0")}`;
  return `${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`;
}

/** A client could send line breaks or escape sequences: they must not begin a new log line or move the cursor. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
}
