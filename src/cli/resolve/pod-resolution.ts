import type { Dns, PointOfView } from "../../dns/dns.ts";
import type { Explanation } from "../../dns/explanation.ts";
import type { Rule } from "../../dns/reason.ts";
import type { ResolverConfig } from "../../dns/resolver-config.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** What a pod's resolver makes of a name. */
export interface PodResolution {
  readonly config: ResolverConfig;
  /** Every query in order, with its explanation; the last one is the answer, if there is one. */
  readonly tried: readonly Explanation[];
  readonly found: Explanation | undefined;
  /** The one that says most: what was found, else what the user will have meant. */
  readonly telling: Explanation;
}

/**
 * Looks a name up as a pod does.
 * @throws CommandError for a type that is none, or a pod that is not there.
 */
export function resolveAsPod(
  dns: Dns,
  name: string,
  type: string,
  who: PointOfView,
): PodResolution {
  try {
    const { config, tried, found } = dns.as(who).resolve(name, type);
    const explained = tried.map((each) => dns.explain(each.name, type));
    const answer = found === undefined ? undefined : explained.at(-1);
    const telling = answer ?? meant(name, explained) ?? dns.explain(name, type);
    return { config, tried: explained, found: answer, telling };
  } catch (error) {
    if ((error as { code?: unknown }).code !== "dns-option") throw error;
    throw new CommandError(EXIT.usage, (error as Error).message.replace(/^DNS option \w+: /, ""));
  }
}

/**
 * A name that is there without such a record says more than those that are missing; else `web` stands for a
 * Service of the pod's namespace, `web.shop` for one of another, and longer names for themselves. Where that
 * place is none, a Service that a name led to says more than how names are built.
 */
function meant(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const nodata = tried.find(({ resolution }) => resolution.rcode === "NOERROR");
  if (nodata !== undefined) return nodata;
  const place = placeOf(name, tried);
  if (place === undefined || !PLACELESS.has(place.rule)) return place;
  return tried.find(({ rule }) => !PLACELESS.has(rule) && rule !== "service-missing") ?? place;
}

/** That there is nothing where a name points: no word about a Service. */
const PLACELESS: ReadonlySet<Rule> = new Set([
  "namespace-missing",
  "unknown-tree",
  "outside-zones",
  "empty-name",
  "too-many-labels",
]);

/** What the name was completed to, by its length: SRV names have two labels more. */
function placeOf(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const labels = name.split(".").filter((label, i) => i > 1 || !label.startsWith("_"));
  const last = labels.at(-1);
  if (name.endsWith(".") || labels.length > 4) return byName(name, tried);
  if (labels.length === 1) return tried[0];
  return (last === "svc" || last === "pod" ? tried[2] : tried[1]) ?? tried.at(-1);
}

/** The name itself, wherever in the search it was tried. */
function byName(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const full = name.endsWith(".") ? name : `${name}.`;
  return tried.find(({ resolution }) => resolution.name === full) ?? tried.at(-1);
}
