import { printable, printableJson } from "../../diagnostics/printable.ts";
import type { PointOfView } from "../../dns/dns.ts";
import type { Explanation } from "../../dns/explanation.ts";
import type { Context, Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { formatRecord } from "../format-record.ts";
import { findInventory } from "../inventory.ts";
import { givenManifests } from "../manifest-options.ts";
import { askerOf } from "../point-of-view.ts";
import { askedName } from "./asked-name.ts";
import { type PodResolution, resolveAsPod } from "./pod-resolution.ts";

export async function runResolve(context: Context, { args, options }: Input): Promise<number> {
  const [text = "", asked] = args as readonly (string | undefined)[];
  // Checked before anything is read.
  askedName(text, asked);
  const { engine } = await findInventory(context, givenManifests({ options }), {
    clusterDomain: options["clusterDomain"] as string | undefined,
    namespace: options["namespace"] as string | undefined,
  });
  const who = askerOf(options, engine.store, engine.view.standpoint.namespace);
  const { name, type } = askedName(engine.view.clusterAddress(text), asked);
  const result = resolveAsPod(engine.dns, name, type, who);
  const exitCode = result.found === undefined ? EXIT.no : EXIT.ok;
  if (options["output"] === "json") {
    context.stdout.write(`${printableJson(asData(result))}\n`);
    return exitCode;
  }
  const explain = options["explain"] === true;
  if (explain) context.stdout.write(formatSearch(result, who));
  if (result.found !== undefined) {
    context.stdout.write(printable(formatAnswer(result.found)));
    if (explain) context.stdout.write(formatExplanation(result.found));
  } else {
    const { tried } = result;
    context.stderr.write(formatExplanation(result.telling));
    if (result.telling.rule === "namespace-missing" && tried.some(isOutside)) {
      context.stderr.write(`  ${name} itself is outside of the cluster, and not asked for here\n`);
    }
    if (tried.length > 1 && !explain) {
      const names = tried.map(({ resolution }) => resolution.name.replace(/\.$/, ""));
      context.stderr.write(`  tried ${names.join(", ")}\n`);
    }
  }
  return exitCode;
}

const isOutside = ({ rule }: Explanation) => rule === "outside-zones";

function formatAnswer({ resolution: { answers, additional } }: Explanation): string {
  return [...answers, ...additional].map((record) => `${formatRecord(record)}\n`).join("");
}

/** `NODATA`: the name exists, without such a record. */
export function outcomeOf({ resolution: { rcode, answers } }: Explanation): string {
  return rcode === "NOERROR" && answers.length === 0 ? "NODATA" : rcode;
}

/** `NXDOMAIN: there is no Service shop/web`, and below it what to do. */
export function formatExplanation(explanation: Explanation): string {
  const { reason, hints, quirk } = explanation;
  const notes = [...hints, ...(quirk === undefined ? [] : [`note: ${quirk}`])];
  const lines = [`${outcomeOf(explanation)}: ${reason}`, ...notes.map((note) => `  ${note}`)];
  return printable(`${lines.join("\n")}\n`);
}

function formatSearch({ config, tried }: PodResolution, { namespace, pod }: PointOfView): string {
  const whose = pod === undefined ? `a pod of ${namespace}` : `pod ${namespace}/${pod}`;
  const ndots = config.options.find(({ name }) => name === "ndots")?.value ?? "1";
  const steps = tried.map(
    (each) => `  ${outcomeOf(each).padEnd(8)} ${each.resolution.name.replace(/\.$/, "")}\n`,
  );
  const search = config.searches.join(" ") || "nothing";
  return `${whose} searches ${search} (ndots:${ndots})\n${steps.join("")}`;
}

function asData({ config, tried, found }: PodResolution) {
  return {
    config,
    tried: tried.map(({ resolution: { name, type, rcode }, rule, reason, hints, quirk }) => ({
      ...{ name, type, rcode, rule, reason, hints },
      ...(quirk === undefined ? {} : { quirk }),
    })),
    answers: found?.resolution.answers ?? [],
    additional: found?.resolution.additional ?? [],
  };
}
