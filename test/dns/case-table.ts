import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { DnsOptions } from "../../src/dns/options.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import type { Message, ResourceRecord } from "../../src/dns/wire/message.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";

/** One line of the table: what CoreDNS 1.14.7 answered. */
export interface DnsCase {
  readonly id: string;
  readonly config: string;
  readonly q: string;
  readonly type: string;
  readonly class?: string;
  readonly raw?: string;
  readonly reply?: boolean;
  readonly transport?: "tcp";
  readonly client?: string;
  readonly query?: { readonly rd?: boolean; readonly cd?: boolean };
  readonly edns?: {
    readonly udpSize: number;
    readonly version?: number;
    readonly do?: boolean;
    readonly options?: string;
  };
  readonly opt?: {
    readonly udpSize: number;
    readonly version: number;
    readonly do: boolean;
    readonly options: string;
  };
  readonly rcode: string;
  readonly opcode?: number;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly questionEchoed?: boolean;
  readonly truncated?: { readonly maxSize: number };
  readonly cnameFirst?: boolean;
  readonly answer: readonly CaseRecord[];
  readonly authority: readonly CaseRecord[];
  readonly additional: readonly CaseRecord[];
  readonly why: string;
}

interface CaseRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: unknown;
}

export type UpstreamRecords = Readonly<
  Record<string, Readonly<Record<string, readonly (readonly [number, string])[]>>>
>;

export interface CaseTable {
  readonly configs: Readonly<
    Record<string, Omit<DnsOptions, "store" | "upstream"> & { upstream: boolean }>
  >;
  readonly upstream: UpstreamRecords;
  readonly cases: readonly DnsCase[];
}

function fixture<T>(name: string): T {
  const file = new URL(`../fixtures/dns/${name}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as T;
}

export const table = fixture<CaseTable>("cases");

export function clusterObjects(): readonly KubernetesObject[] {
  return fixture<{ items: KubernetesObject[] }>("cluster").items;
}

export function clusterStore(): Store {
  const store = new Store();
  store.apply(clusterObjects().map((object) => ({ op: "put", object })));
  return store;
}

const CLASSES: Readonly<Record<string, number>> = { IN: 1, CH: 3 };

export function requestOf(dnsCase: DnsCase): Uint8Array {
  if (dnsCase.raw !== undefined) return Buffer.from(dnsCase.raw, "hex");
  const { edns } = dnsCase;
  const question = {
    name: dnsCase.q,
    type: dnsCase.type,
    class: CLASSES[dnsCase.class ?? "IN"] as number,
  };
  const options = [];
  for (let rest = Buffer.from(edns?.options ?? "", "hex"); rest.length > 0; ) {
    const end = 4 + rest.readUInt16BE(2);
    options.push({ code: rest.readUInt16BE(0), data: rest.subarray(4, end) });
    rest = rest.subarray(end);
  }
  return encodeMessage({
    id: 0x1234,
    rd: dnsCase.query?.rd ?? true,
    cd: dnsCase.query?.cd ?? false,
    questions: [question],
    ...(edns === undefined ? {} : { edns: { version: 0, do: false, ...edns, options } }),
  });
}

/** What differs between a reply and what the table says; empty when nothing does. */
export function differences(dnsCase: DnsCase, reply: Uint8Array | undefined): string[] {
  if (dnsCase.reply === false) return reply === undefined ? [] : ["answered"];
  if (reply === undefined) return ["no reply"];
  const message = decodeMessage(reply);
  const found: string[] = [];
  const check = (what: string, actual: unknown, expected: unknown) => {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) found.push(`${what}: ${a} instead of ${b}`);
  };
  check("id", message.id, Buffer.from(requestOf(dnsCase)).readUInt16BE(0));
  check("qr", message.qr, true);
  check("rcode", message.rcode, dnsCase.rcode);
  check("opcode", message.opcode, dnsCase.opcode ?? 0);
  for (const [flag, value] of Object.entries(dnsCase.flags)) {
    check(flag, message[flag as keyof Message], value);
  }
  if (dnsCase.questionEchoed === false) check("questions", message.questions, []);
  else check("question", message.questions[0]?.name, dnsCase.q);
  checkOpt(dnsCase, message, check);
  if (dnsCase.truncated !== undefined) {
    const expected = new Set(dnsCase.answer.map(canonical));
    const all = message.answers.map((record) => canonical(record));
    check("a subset", all.length > 0 && all.every((record) => expected.has(record)), true);
    check("size", reply.length <= dnsCase.truncated.maxSize, true);
    return found;
  }
  for (const section of ["answer", "authority", "additional"] as const) {
    const records = message[section === "answer" ? "answers" : section];
    check(section, records.map(canonical).sort(), dnsCase[section].map(canonical).sort());
  }
  if (dnsCase.cnameFirst) check("first", message.answers[0]?.type, "CNAME");
  return found;
}

function checkOpt(
  dnsCase: DnsCase,
  { edns }: Message,
  check: (what: string, actual: unknown, expected: unknown) => void,
): void {
  const actual = edns && {
    udpSize: edns.udpSize,
    version: edns.version,
    do: edns.do,
    options: edns.options
      .map(({ code, data }) => {
        const head = Buffer.alloc(4);
        head.writeUInt16BE(code, 0);
        head.writeUInt16BE(data.length, 2);
        return head.toString("hex") + Buffer.from(data).toString("hex");
      })
      .join(""),
  };
  check("opt", actual, dnsCase.opt);
}

/** A record as text; serials are any number. */
function canonical(record: CaseRecord | ResourceRecord): string {
  const { name, type, ttl, data } = record;
  const keys = typeof data === "object" && !Array.isArray(data) ? Object.keys(data as object) : [];
  const value =
    keys.length === 0
      ? data
      : Object.fromEntries(
          keys.sort().map((k) => [k, k === "serial" ? null : (data as Record<string, unknown>)[k]]),
        );
  return JSON.stringify([name, type, ttl, value]);
}
