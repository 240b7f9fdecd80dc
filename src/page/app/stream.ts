import { batch, signal } from "@preact/signals";
import {
  type EdgeRate,
  type EventRecord,
  edgeKey,
  FOLLOW_PATH,
  type Hello,
  type LogRecord,
  type RequestRecord,
  STREAM_PATH,
  type StreamEvents,
  type Wanted,
} from "../messages.ts";
import { applyChange, EMPTY_WORLD, type World, type WorldChange } from "../world.ts";
import { ask } from "./ask.ts";

/** Items that are kept; older ones are dropped. */
const MAX_RECORDS = 2000;
const MAX_LINES = 10_000;

export type Connection = "connecting" | "open" | "lost" | "refused";

/** Everything received on the stream. */
export const connection = signal<Connection>("connecting");
export const hello = signal<Hello | undefined>(undefined);
export const world = signal<World>(EMPTY_WORLD);
/** By their two ends. */
export const rates = signal<ReadonlyMap<string, EdgeRate>>(new Map());
/** All edges from pods to Services and routes that were ever seen: the map keeps them, so that it does not jump. */
export const calls = signal<ReadonlySet<string>>(new Set());
export const requests = signal<readonly RequestRecord[]>([]);
export const events = signal<readonly EventRecord[]>([]);
export const logLines = signal<readonly LogRecord[]>([]);

let source: EventSource | undefined;
/** The current stream, from its first message until it breaks. */
let current: string | undefined;
let wanted: Wanted = {};
/** Messages are sent one after the other, so that the last one wins. */
let isTelling = false;

/** What the current view needs in addition to the world. */
export function follow(next: Wanted): void {
  if (JSON.stringify(next) === JSON.stringify(wanted)) return;
  if (next.logs?.pod !== wanted.logs?.pod || next.logs?.container !== wanted.logs?.container) {
    logLines.value = [];
  }
  wanted = next;
  void tellWanted();
}

async function tellWanted(): Promise<void> {
  const { hasSession = false } = hello.value ?? {};
  const stream = current;
  if (stream === undefined || isTelling) return;
  const told = wanted;
  const { traffic, ...others } = told;
  const allowed = { ...(traffic && { traffic }), ...(hasSession && others) };
  isTelling = true;
  // If the stream has ended meanwhile, the message is sent on the next one.
  await ask(FOLLOW_PATH, { stream, wanted: allowed }).catch(() => {});
  isTelling = false;
  if (wanted !== told) await tellWanted();
}

/** The stream is open only while the page is visible, so that a hidden tab costs the gateway nothing. */
export function connect(): void {
  const look = () => (document.hidden ? disconnect() : open());
  document.addEventListener("visibilitychange", look);
  look();
}

function disconnect(): void {
  source?.close();
  source = undefined;
  current = undefined;
}

function open(): void {
  if (source !== undefined) return;
  const opened = new EventSource(STREAM_PATH);
  source = opened;
  const on = <K extends keyof StreamEvents>(name: K, told: (data: StreamEvents[K]) => void) =>
    opened.addEventListener(name, ({ data }) => batch(() => told(JSON.parse(data))));
  on("hello", (data) => {
    hello.value = data;
    current = data.stream;
    connection.value = "open";
    if (Object.keys(wanted).length > 0) void tellWanted();
  });
  on("world", noteChange);
  on("traffic", noteRates);
  on("requests", (records) => {
    requests.value = merged(requests.value, records);
  });
  on("events", (records) => {
    events.value = merged(events.value, records);
  });
  on("logs", ({ isStart, lines }) => {
    logLines.value = isStart ? lines : [...logLines.value, ...lines].slice(-MAX_LINES);
  });
  opened.onerror = () => {
    current = undefined;
    // A refusal is final; the browser reopens a lost connection by itself.
    connection.value = opened.readyState === EventSource.CLOSED ? "refused" : "lost";
    if (opened.readyState !== EventSource.CLOSED) return;
    disconnect();
    setTimeout(() => !document.hidden && open(), 3000);
  };
}

/** Changes that are not drawn yet: the browser delivers many at once, and drawing each would be slow. */
let changes: WorldChange[] = [];

function noteChange(change: WorldChange): void {
  if (changes.push(change) > 1) return;
  requestAnimationFrame(() => {
    world.value = changes.reduce(applyChange, world.value);
    changes = [];
  });
}

function noteRates(edges: readonly EdgeRate[]): void {
  rates.value = new Map(edges.map((edge) => [edgeKey(edge.from, edge.to), edge]));
  const known = calls.value;
  const fresh = edges.filter(
    ({ from, to }) => from.startsWith("pod:") && !known.has(edgeKey(from, to)),
  );
  if (fresh.length === 0) return;
  calls.value = new Set([...known, ...fresh.map(({ from, to }) => edgeKey(from, to))]);
}

/** By number: after a pause the last ones are sent again. A restarted server counts from 1 again. */
function merged<T extends { readonly number: number; readonly at: number }>(
  before: readonly T[],
  more: readonly T[],
): readonly T[] {
  const last = before.at(-1);
  const newest = more.at(-1);
  if (newest === undefined) return before;
  const isNewRun = last !== undefined && newest.number < last.number && newest.at > last.at;
  const kept = isNewRun ? [] : before;
  const numbers = new Set(kept.map(({ number }) => number));
  const fresh = more.filter(({ number }) => !numbers.has(number));
  return [...kept, ...fresh].sort((a, b) => a.number - b.number).slice(-MAX_RECORDS);
}
