import type { RouteFault } from "./fault.ts";
import type { HttpMatch } from "./http-match.ts";
import { describeSource, type RouteRule } from "./route-rule.ts";
import type { RouteTable } from "./route-table.ts";
import type { Routing } from "./translate.ts";

/** The position of a match, and the rules that precede it. */
interface Uses {
  readonly rule: RouteRule;
  readonly index: number;
  uses: number;
  readonly before: RouteRule[];
}

/**
 * Matches that never get a request, because another rule has the same match and precedence wherever they apply. Rules
 * are tried from the most specific match to the least, so a different match can't take all requests of a later one.
 */
export function shadowedMatches({ gateways, ingress }: Routing): RouteFault[] {
  const matches = new Map<string, Uses>();
  const listeners = gateways.flatMap((each) => each.listeners);
  for (const { http } of listeners) collect(http, matches);
  // Both listeners of Ingresses have the same rules.
  for (const { http } of ingress.slice(0, 1)) collect(http, matches);
  return [...matches.values()].flatMap((each) =>
    each.before.length === each.uses ? faultOf(each) : [],
  );
}

function collect(table: RouteTable, matches: Map<string, Uses>): void {
  const first = new Map<string, Uses>();
  for (const { rule, match, host } of table.entries()) {
    const index = rule.matches.indexOf(match);
    const { namespace, name, object } = rule.source;
    const id = `${object.kind} ${namespace}/${name} ${rule.source.index} ${index}`;
    const found = matches.get(id) ?? { rule, index, uses: 0, before: [] };
    matches.set(id, found);
    found.uses++;
    const wanted = `${host.kind} ${host.suffix} ${wantedBy(match)}`;
    const earlier = first.get(wanted);
    if (earlier === undefined) first.set(wanted, found);
    // A host name that is listed twice in a route doesn't shadow itself.
    else if (earlier !== found) found.before.push(earlier.rule);
  }
}

/** A key that is equal for matches of the same requests. */
function wantedBy({ path, method, headers, query }: HttpMatch): string {
  const value =
    path.type === "prefix" && path.value.endsWith("/") ? path.value.slice(0, -1) : path.value;
  const values = (list: HttpMatch["headers"]) =>
    list
      .map(({ name, value: text }) =>
        typeof text === "string" ? [name, "=", text] : [name, "~", text.source],
      )
      .sort();
  return JSON.stringify([path.type, value, method, values(headers), values(query)]);
}

function faultOf({ rule, index, before }: Uses): RouteFault {
  const { object, place } = rule.source;
  const [first] = before as [RouteRule];
  const isIngress = object.kind === "Ingress";
  const same = first.source.object === object;
  const who = same ? `rule ${first.source.index + 1} of it` : describeSource(first.source);
  const has = isIngress ? "host and path" : "match";
  return {
    object,
    path: isIngress || rule.matches.length === 1 ? place : [...place, "matches", index],
    rule: isIngress ? "ingress-duplicate" : "route-shadowed",
    message: `never gets a request: ${who} has the same ${has}, and goes first`,
  };
}
