import type { Dns, PointOfView } from "../../dns/dns.ts";
import type { Explanation } from "../../dns/explanation.ts";
import type { ResolverConfig } from "../../dns/resolver-config.ts";
import { tellingOf } from "../../dns/telling.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** The look-up of a name by a pod's resolver. */
export interface PodResolution {
  readonly config: ResolverConfig;
  /** Every query in order, with its explanation; the last one is the answer, if there is one. */
  readonly tried: readonly Explanation[];
  readonly found: Explanation | undefined;
  /** The most helpful one: what was found, else what the user probably meant. */
  readonly telling: Explanation;
}

/** Looks a name up as a pod does. @throws CommandError for an unknown type, or a pod that does not exist. */
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
    const telling = answer ?? tellingOf(name, explained) ?? dns.explain(name, type);
    return { config, tried: explained, found: answer, telling };
  } catch (error) {
    if ((error as { code?: unknown }).code !== "dns-option") throw error;
    throw new CommandError(EXIT.usage, (error as Error).message.replace(/^DNS option \w+: /, ""));
  }
}
