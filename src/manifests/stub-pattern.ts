import { validateDns1123Label } from "../labels/dns-name.ts";
import { everything } from "../labels/selector.ts";
import type { StubEntry } from "./local-config.ts";
import { parseTarget } from "./workload-target.ts";

/** An entry of `stub`, or what is wrong with it. */
export type StubReading =
  | Pick<StubEntry, "target">
  | { readonly message: string; readonly hint?: string | undefined };

/** Reads `*` for every pod, `shop/*` for those of a namespace, or a target as `run` has it. */
export function parseStub(text: string): StubReading {
  if (text === "*") return {};
  const [, namespace] = /^([^/]+)\/\*$/.exec(text) ?? [];
  if (namespace === undefined) return parseTarget(text, undefined);
  const [problem] = validateDns1123Label(namespace);
  return problem === undefined
    ? { target: { namespace, selector: everything } }
    : { message: problem.message };
}
