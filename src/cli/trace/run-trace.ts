import { carriages } from "../../control/carriages.ts";
import type { RunningEngine } from "../../control/client.ts";
import { lostAddresses } from "../../control/lost-addresses.ts";
import type { TrafficRecord } from "../../control/recent-traffic.ts";
import { printable, printableJson } from "../../diagnostics/printable.ts";
import { accessLogLine } from "../../proxy/access-log.ts";
import { carriageSection } from "../carriage-words.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findInventory, findRunning } from "../inventory.ts";
import { givenManifests } from "../manifest-options.ts";
import { askerOf } from "../point-of-view.ts";
import { nameOfAddress } from "../resolve/address-name.ts";
import { formatSections, type Section } from "../section.ts";
import { lastChoices } from "./last-choices.ts";
import type { Trace } from "./trace-name.ts";
import { type RequestTrace, traceRequest } from "./trace-request.ts";
import { parseTarget, traceTarget } from "./trace-target.ts";

/** How many recent requests are shown after a name's steps, and without a name. */
const SHOWN_OF_SERVICE = 5;
const SHOWN_OF_ALL = 20;

export async function runTrace(context: Context, { args, options }: Input): Promise<number> {
  const text = args[0] as string | undefined;
  const print = printer(context, options["output"] === "json");
  if (text === undefined) return await traceLast(context, print);
  const target = parseTarget(text);
  const { name, url } = target;
  const { engine, running } = await findInventory(context, givenManifests({ options }), {
    namespace: options["namespace"] as string | undefined,
  });
  const zone = running?.info.clusterDomain ?? "cluster.local";
  const who = askerOf(options, engine.store, engine.view.standpoint.namespace);
  const lost = running === undefined ? [] : await lostAddresses(running.socketPath);
  const traced = traceTarget(engine, target, { who, zone, lost });
  if (traced.isByRule) {
    const { steps, reached, verdict } = traced;
    print({ steps, last: undefined, reached, verdict });
    return reached ? EXIT.ok : EXIT.no;
  }
  const { verdict, service, elsewhere } = traced;
  const steps = [...traced.steps];
  // Through the gateway, addresses don't matter.
  const reached = traced.reached && (url !== undefined || elsewhere === undefined);
  const carried = service && running && (await carriedBy(running, service));
  if (carried) steps.push(carried);
  const last = service && running && (await lastChoices(running, service, SHOWN_OF_SERVICE));
  if (url === undefined || !reached) {
    print({ steps, last, reached, verdict: traced.reached ? (elsewhere ?? verdict) : verdict });
    return reached ? EXIT.ok : EXIT.no;
  }
  if (running?.info.gateway === undefined) {
    print({ steps, last, reached, verdict: undefined });
    throw new CommandError(
      EXIT.unreadable,
      running === undefined
        ? "no `kubelane up` runs here, so the request can't be made"
        : "the running `up` has no gateway, so the request can't be made",
      "start it with kubelane up, or trace the name without http://",
    );
  }
  // The gateway needs full names; a short one is completed as DNS did.
  const full =
    nameOfAddress(engine, name) ??
    engine.dns.as(who).resolve(name, "A").found?.name.replace(/\.$/, "") ??
    name;
  const request = await traceRequest(running, url, full);
  const fine = request.status !== undefined && request.status < 500;
  print({
    steps: [...steps, requestStep(request, running.info.gateway)],
    last,
    request,
    reached: fine,
    verdict: requestVerdict(url, request, verdict),
  });
  return fine ? EXIT.ok : EXIT.no;
}

/** What balances it for pods. */
async function carriedBy(
  { socketPath }: RunningEngine,
  service: NonNullable<Trace["service"]>,
): Promise<Section | undefined> {
  return carriageSection(await carriages(socketPath), service);
}

/** The last requests, to any Service. */
async function traceLast(context: Context, print: Print): Promise<number> {
  const running = await findRunning(context);
  if (running === undefined) {
    throw new CommandError(
      EXIT.unreadable,
      "no `kubelane up` runs here, so nothing was chosen",
      "start it with kubelane up, or name what to trace: kubelane trace web.shop",
    );
  }
  const last = await lastChoices(running, undefined, SHOWN_OF_ALL);
  print({ steps: [], last, reached: true, verdict: undefined });
  return EXIT.ok;
}

interface Printed {
  readonly steps: readonly Section[];
  readonly last: readonly TrafficRecord[] | undefined;
  readonly request?: RequestTrace;
  readonly reached: boolean;
  readonly verdict: string | undefined;
}

type Print = (trace: Printed) => void;

function printer({ stdout, color }: Context, json: boolean): Print {
  if (json) return (trace) => void stdout.write(`${printableJson(trace)}\n`);
  return ({ steps, last, reached, verdict }) => {
    const sections = last === undefined ? steps : [...steps, lastStep(last)];
    stdout.write(formatSections(sections, color));
    if (verdict !== undefined) stdout.write(`${paint(color, reached)}: ${printable(verdict)}\n`);
  };
}

function lastStep(last: readonly TrafficRecord[]): Section {
  return {
    title: "last requests and connections",
    lines:
      last.length === 0
        ? ["none yet"]
        : last.map((record) => accessLogLine(record, new Date(record.at), "text")),
  };
}

function paint(color: boolean, fine: boolean): string {
  const word = fine ? "fine" : "wrong";
  return color ? `\x1b[${fine ? "32" : "31"};1m${word}\x1b[0m` : word;
}

function requestStep(
  { status, milliseconds, bytes, why, attempts }: RequestTrace,
  gateway: string,
) {
  const lines = [
    `${status ?? "no answer"}, ${milliseconds.toFixed(0)} ms, ${bytes} bytes, through ${gateway}`,
  ];
  if (why !== undefined) lines.push(`${why}${attempts > 1 ? `, after ${attempts} attempts` : ""}`);
  return { title: "request", lines };
}

function requestVerdict(url: URL, { status, pod, reason, error }: RequestTrace, verdict: string) {
  if (error !== undefined) return `the gateway did not answer: ${error}`;
  if (reason !== undefined) return `the gateway answered ${status} itself: ${reason}`;
  const who = pod === undefined ? "" : ` by pod ${pod}`;
  const then = status !== undefined && status >= 500 ? "; look at that pod's output" : "";
  return pod === undefined
    ? `${url} was answered with ${status}; ${verdict}`
    : `${url} was answered with ${status}${who}${then}`;
}
