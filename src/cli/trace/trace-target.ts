import { isIPv6 } from "node:net";
import type { Engine } from "../../engine/engine.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { checkName } from "../resolve/asked-name.ts";
import type { Section } from "../section.ts";
import { type Trace, type TraceQuestion, traceName } from "./trace-name.ts";
import { traceRule } from "./trace-rule.ts";

/** The target of a trace: a name with or without a port, or a URL. */
export interface Target {
  readonly name: string;
  readonly port: number | undefined;
  readonly url?: URL;
}

/**
 * Follows the path of a connection or request through the objects, as far as it leads, without sending one.
 * `isByRule`: a route's rule leads there, and no name is looked up.
 */
export function traceTarget(
  engine: Engine,
  { name, port, url }: Target,
  asked: Pick<TraceQuestion, "who" | "zone" | "lost">,
): Trace & { readonly isByRule: boolean; readonly route?: string } {
  const rule = url && traceRule(engine, url);
  if (rule === undefined)
    return { ...traceName(engine, { name, port, ...asked }), isByRule: false };
  const { backend, step, route } = rule;
  const behind =
    backend &&
    traceName(engine, {
      ...asked,
      name: `${backend.name}.${backend.namespace}.svc.${asked.zone}`,
      port: backend.port,
    });
  return {
    ...behind,
    ...(route !== undefined && { route }),
    steps: [step, ...fromService(behind?.steps ?? [])],
    reached: behind?.reached ?? rule.reached,
    verdict: behind?.verdict ?? rule.verdict ?? "",
    isByRule: true,
  };
}

/** A rule names the Service directly, so DNS is not involved. */
function fromService(steps: readonly Section[]): readonly Section[] {
  const first = steps.findIndex(({ title }) => title.startsWith("Service "));
  return first < 0 ? [] : steps.slice(first);
}

/** @throws CommandError for anything but a name or a URL. */
export function parseTarget(text: string): Target {
  if (/^https?:\/\//i.test(text)) {
    try {
      const url = new URL(text);
      const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
      return { name: url.hostname.replace(/^\[|\]$/g, ""), port, url };
    } catch {
      throw new CommandError(EXIT.usage, `${text} is no URL`);
    }
  }
  const { name, port } = hostAndPort(text);
  if (name !== "" && (port === undefined || (port > 0 && port < 65_536))) {
    checkName(name);
    return { name, port };
  }
  throw new CommandError(
    EXIT.usage,
    `${text} is neither a name nor a URL`,
    "for example web.shop, web.shop:8080 or http://web.shop/",
  );
}

function hostAndPort(text: string): Target {
  if (isIPv6(text)) return { name: text, port: undefined };
  const [, v6, name = v6 ?? "", digits] =
    /^(?:\[([0-9a-f:.]+)\]|([^:/\s]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  return { name, port: digits === undefined ? undefined : Number(digits) };
}
