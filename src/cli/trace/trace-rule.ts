import type { Engine } from "../../engine/engine.ts";
import { append } from "../../objects/append.ts";
import { isRefusal } from "../../proxy/refusal.ts";
import { createRouter } from "../../proxy/router.ts";
import { routedHost } from "../../proxy/routes/every-route.ts";
import type { HttpMatch, Mismatch } from "../../routes/http-match.ts";
import { describeSource, type RouteRule } from "../../routes/route-rule.ts";
import { isFound, type Tried } from "../../routes/route-table.ts";
import { translate } from "../../routes/translate.ts";
import type { Section } from "../section.ts";

/** What the rules of routes do with a URL whose host is no Service's name. */
export interface RuleTrace {
  readonly step: Section;
  /** The object of the matching rule: `Ingress shop/web`. */
  readonly route?: string;
  /** The Service that the request goes to. */
  readonly backend?: { readonly namespace: string; readonly name: string; readonly port: number };
  /** One sentence; absent where the backend decides. */
  readonly verdict?: string;
  readonly reached: boolean;
}

/** Rules that are listed at most. */
const SHOWN = 10;

const WHY: Readonly<Record<Mismatch, string>> = {
  path: "the path is another",
  method: "it asks for another method",
  header: "it asks for a header that a plain GET has not",
  query: "it asks for another query",
};

/** @returns undefined where the host is a Service's name, or no route names it */
export function traceRule({ store, view }: Engine, url: URL): RuleTrace | undefined {
  const named = createRouter(view).byHost({ host: url.hostname });
  if (!isRefusal(named) || named.code !== "no-service") return undefined;
  const { everything } = translate(store, view.standpoint.routeClasses);
  const host = routedHost(everything, url.hostname);
  if (!everything.knowsHost(host)) return undefined;
  const path = url.pathname;
  const header = () => undefined;
  const found = everything.find({ method: "GET", host, path, query: url.search.slice(1), header });
  const title = `rules for ${host}`;
  if (!isFound(found)) {
    const tried = found.reason === "no-match" ? found.tried : [];
    const lines = listed(tried);
    return { step: { title, lines }, reached: false, verdict: `no rule matches GET ${path}` };
  }
  const { rule, match } = found;
  const step = { title, lines: [`✓ ${describeRule(rule, match)}`] };
  const route = describeSource(rule.source);
  if (rule.problem !== undefined) return { step, route, reached: false, verdict: rule.problem };
  if (rule.tlsRedirect !== undefined && url.protocol === "http:") {
    return { step, route, reached: true, verdict: `${route} redirects it to https` };
  }
  if (rule.redirect !== undefined) {
    return { step, route, reached: true, verdict: `${route} redirects it` };
  }
  const backends = rule.backends.filter(({ weight }) => weight > 0);
  const arrows = backends.map(({ namespace, service, port, weight }) => {
    const share = backends.length > 1 ? `, weight ${weight}` : "";
    return `  → Service ${namespace}/${service}:${port}${share}`;
  });
  append(step.lines, arrows);
  const [first] = backends;
  const problem = backends.find((each) => each.problem !== undefined)?.problem;
  if (first === undefined || problem !== undefined) {
    return {
      step,
      route,
      reached: false,
      verdict: problem ?? "the rule has no backend, so it answers 500",
    };
  }
  const { namespace, service: name, port } = first;
  return { step, route, reached: true, backend: { namespace, name, port } };
}

function listed(tried: readonly Tried[]): string[] {
  const lines = tried
    .slice(0, SHOWN)
    .map(({ rule, match, mismatch }) => `✗ ${describeRule(rule, match)}: ${WHY[mismatch]}`);
  const more = tried.length - SHOWN;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function describeRule({ source }: RouteRule, { path, method }: HttpMatch): string {
  const what = { exact: "exactly ", prefix: "", regular: "as " }[path.type];
  const verb = method === undefined ? "" : `${method} `;
  return `${describeSource(source)}, rule ${source.index + 1}: ${verb}${what}${path.value}`;
}
