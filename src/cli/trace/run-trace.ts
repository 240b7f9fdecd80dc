import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findInventory } from "../inventory.ts";
import { pointOfView } from "../point-of-view.ts";
import { formatSections } from "../section.ts";
import { traceName } from "./trace-name.ts";
import { type RequestTrace, traceRequest } from "./trace-request.ts";

interface Target {
  readonly name: string;
  readonly port: number | undefined;
  readonly url?: URL;
}

export async function runTrace(context: Context, { args, options }: Input): Promise<number> {
  const { name, port, url } = parseTarget(args[0] as string);
  const { engine, running } = await findInventory(
    context,
    options["filename"] as string[] | undefined,
  );
  const zone = running?.info.clusterDomain ?? "cluster.local";
  const who = pointOfView(options);
  const { steps, reached, verdict } = traceName(engine, { name, port, who, zone });
  const { stdout, color } = context;
  stdout.write(formatSections(steps, color));
  if (url === undefined || !reached) {
    stdout.write(`${paint(color, reached)}: ${verdict}\n`);
    return reached ? EXIT.ok : EXIT.no;
  }
  if (running?.info.gateway === undefined) {
    throw new CommandError(
      EXIT.unreadable,
      running === undefined
        ? "no `kubelane up` runs here, so the request can't be made"
        : "the running `up` has no gateway, so the request can't be made",
      "start it with kubelane up, or trace the name without http://",
    );
  }
  // The gateway knows full names; a short one is completed as DNS did.
  const full = engine.dns.as(who).resolve(name, "A").found?.name.replace(/\.$/, "") ?? name;
  const result = await traceRequest(running, url, full);
  stdout.write(formatSections([requestStep(result, running.info.gateway)], color));
  const fine = result.status !== undefined && result.status < 500;
  stdout.write(`${paint(color, fine)}: ${requestVerdict(url, result, verdict)}\n`);
  return fine ? EXIT.ok : EXIT.no;
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

/** @throws CommandError for what is neither a name nor a URL. */
function parseTarget(text: string): Target {
  if (/^https?:\/\//i.test(text)) {
    try {
      const url = new URL(text);
      const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
      return { name: url.hostname, port, url };
    } catch {
      throw new CommandError(EXIT.usage, `${text} is no URL`);
    }
  }
  const [, name = "", digits] = /^([^:/\s]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (name !== "" && (port === undefined || (port > 0 && port < 65_536))) return { name, port };
  throw new CommandError(
    EXIT.usage,
    `${text} is neither a name nor a URL`,
    "for example web.shop, web.shop:8080 or http://web.shop/",
  );
}
