import { afterAll, describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";
import { clusterObjects, clusterStore, type DnsCase, requestOf, table } from "./case-table.ts";

const ZONE = /cluster\.local/gi;
const SECOND = "k8s.test";

/** The cases about names of the cluster's zone; messages of given bytes and answers cut short have a length of their own. */
const cases = table.cases.filter(
  ({ raw, truncated, config, q }) =>
    raw === undefined &&
    truncated === undefined &&
    table.configs[config]?.zones?.includes("cluster.local.") === true &&
    q.search(ZONE) >= 0,
);

/** The zone in the spelling of the one that it takes the place of, as far as that can be. */
function secondZone(typed: string): string {
  return typed === typed.toLowerCase() ? SECOND : SECOND.toUpperCase();
}

type Servers = Readonly<Record<"first" | "beside" | "second", Dns>>;

function stateOf(reply: Uint8Array | undefined, zone: RegExp): unknown {
  if (reply === undefined) return undefined;
  const { id: _, ...message } = decodeMessage(reply);
  for (const section of [message.answers, message.additional] as unknown[][]) {
    section.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return JSON.parse(JSON.stringify(message).replaceAll(zone, "ZONE")) as unknown;
}

describe("a second zone", () => {
  const opened: Dns[] = [];
  afterAll(() => Promise.all(opened.map((dns) => dns.close())));

  /** The same cluster, its ExternalNames pointing into the second zone: a target in another zone counts as outside (D.6). */
  const movedStore = (): Store => {
    const store = new Store();
    const text = JSON.stringify(clusterObjects()).replaceAll(ZONE, SECOND);
    const objects = JSON.parse(text) as KubernetesObject[];
    store.apply(objects.map((object) => ({ op: "put", object })));
    return store;
  };

  const dnsOf = (config: string, second: boolean, store: Store): Dns => {
    const { upstream: _, zones = [], fallthrough = [], ...options } = table.configs[config] ?? {};
    const dns = createDns({
      ...options,
      zones: second ? [...zones, SECOND] : zones,
      fallthrough: fallthrough.flatMap((zone) =>
        zone === "cluster.local." ? [zone, SECOND] : [zone],
      ),
      store,
      now: () => new Date(1_700_000_000_000),
      existingNamespaces: "declared",
    });
    opened.push(dns);
    return dns;
  };
  const servers = new Map(
    Object.keys(table.configs).map((config) => [
      config,
      {
        first: dnsOf(config, false, clusterStore()),
        beside: dnsOf(config, true, clusterStore()),
        second: dnsOf(config, true, movedStore()),
      },
    ]),
  );

  it("is asked all that the table has about the first", () => {
    expect(cases.length).toBeGreaterThan(100);
  });

  it.each(cases)("is answered like the first: $id", async (dnsCase: DnsCase) => {
    const { transport = "udp", client: address = "127.0.0.1" } = dnsCase;
    const client = { address, port: 4000, transport } as const;
    const { first, beside, second } = servers.get(dnsCase.config) as Servers;
    const request = requestOf(dnsCase);
    const { questions, ...rest } = decodeMessage(request);
    const moved = encodeMessage({
      ...rest,
      questions: questions.map((question) => ({
        ...question,
        name: question.name.replaceAll(ZONE, secondZone),
      })),
    });
    const expected = stateOf(await first.answer(request, client), ZONE);
    expect(stateOf(await beside.answer(request, client), ZONE)).toEqual(expected);
    expect(stateOf(await second.answer(moved, client), /k8s\.test/gi)).toEqual(expected);
  });
});
