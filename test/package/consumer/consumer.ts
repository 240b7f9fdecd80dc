import { createEngine, type Engine } from "kubelane";
import * as dns from "kubelane/dns";
import {
  parseSelector,
  type Selector,
  SelectorSyntaxError,
  validateLabelKey,
} from "kubelane/labels";
import { readManifest } from "kubelane/manifests";
import * as proxy from "kubelane/proxy";
import * as testing from "kubelane/testing";

const selector: Selector = parseSelector("tier in (web, api),!legacy");
const matched: boolean = selector.matches({ tier: "web" });
for (const { key, operator, values } of selector.requirements) {
  console.log(
    key.toUpperCase(),
    operator.length,
    values.map((value) => value.length),
  );
}
try {
  parseSelector("a=(b)");
} catch (error) {
  if (error instanceof SelectorSyntaxError)
    console.log(error.code, error.offset, error.found, error.expected);
}
console.log(matched, validateLabelKey("app").length, Object.keys({ dns, proxy, testing }));
console.log(readManifest("kind: Pod", "pod.yaml").diagnostics.length);

export async function main(): Promise<void> {
  await using engine: Engine = createEngine({});
  await engine.load([]);
  const { dns: bound } = await engine.listen({ dns: { listen: "127.0.0.1:0" } });
  console.log(bound?.host, bound?.port, engine.resolve("web.shop.svc.cluster.local", "A").rcode);
}

/** As clients of clusters type a pod: it need not have labels. */
interface PodOfAClient {
  metadata?: { labels?: { [key: string]: string } };
}
const unlabelled: PodOfAClient = {};
console.log(selector.matches(unlabelled.metadata?.labels), selector.explain(undefined).matches);
