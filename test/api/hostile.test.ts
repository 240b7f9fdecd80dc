import { request } from "node:https";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { ApiAddress } from "../../src/engine/listen.ts";
import { SEED } from "../support/seed.ts";
import { ApiClient } from "./client.ts";

/** `KUBELANE_HOSTILE=5000` takes two minutes of two cores. */
const COUNT = Number(process.env["KUBELANE_HOSTILE"] ?? 1000);

let engine: Engine;
let address: ApiAddress;
const faults: Error[] = [];

beforeAll(async () => {
  engine = createEngine();
  engine.on("fault", (error) => faults.push(error));
  address = (await engine.listen({ api: { listen: "127.0.0.1:0" } })).api!;
  const api = new ApiClient(address);
  const metadata = { name: "kept" };
  await api.post(MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1" } });
});

afterAll(() => engine.close());

const MAPS = "/api/v1/namespaces/default/configmaps";
const KEPT = `${MAPS}/kept`;

/** A small generator of its own, so that a seed gives the same requests everywhere (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Hostile {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** What may be answered. */
  readonly may: readonly number[];
}

const REFUSED = [400, 404, 405, 406, 409, 413, 415, 422];
const deep = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);
const operations = (list: readonly object[]) => JSON.stringify(list);

/** Each kind of attack, with what chance varies. None may change what is kept. */
const ATTACKS: readonly ((random: () => number, index: number) => Hostile)[] = [
  // Paths.
  (random) => {
    const steps = ["..", ".", "%00", "%2e%2e", "%zz", "__proto__", "constructor", "a".repeat(3000)];
    const chosen = Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(steps, random));
    const root = pick(["/api/v1", "/apis/apps/v1", "/apis", "/openapi/v3", MAPS], random);
    const method = pick(["GET", "PUT", "DELETE", "PATCH"], random);
    return { method, path: `${root}/${chosen.join("/")}`, may: REFUSED };
  },
  // Bodies that are too large, by their length and once they are unpacked.
  (random) => {
    const isPacked = random() < 0.5;
    const text = Buffer.alloc(10 * 1024 * 1024, "a");
    return {
      method: "POST",
      path: MAPS,
      type: "application/json",
      body: isPacked ? gzipSync(text) : text,
      headers: { ...(isPacked && { "content-encoding": "gzip" }) },
      may: [400, 413],
    };
  },
  // Deep bodies of every form.
  (random) => {
    const depth = pick([100, 5_000, 200_000], random);
    const shape = pick<[string, string]>(
      [
        ["[", "]"],
        ['{"a":', "1}"],
        ['{"data":[', "]}"],
      ],
      random,
    );
    const [method, path, type] = pick<[string, string, string]>(
      [
        ["POST", MAPS, "application/json"],
        ["POST", MAPS, "application/yaml"],
        ["PUT", `${MAPS}/none`, "application/json"],
        ["PATCH", KEPT, "application/json-patch+json"],
        ["PATCH", KEPT, "application/strategic-merge-patch+json"],
        ["PATCH", `${KEPT}?fieldManager=x`, "application/apply-patch+yaml"],
      ],
      random,
    );
    const body = shape[0].startsWith("{")
      ? `${shape[0].repeat(depth)}${shape[1].replace("}", "")}${"}".repeat(depth)}`
      : deep(...shape, depth);
    return { method, path, type, body, may: [...REFUSED, 200, 201] };
  },
  // JSON patches that double what is there with each step.
  (random) => {
    const steps = 5 + Math.floor(random() * 60);
    const body = operations([
      { op: "add", path: "/data/x", value: "x" },
      ...Array.from({ length: steps }, (_, i) => ({
        op: "copy",
        from: "/data",
        path: `/data/${"x".repeat(i + 2)}`,
      })),
    ]);
    return { method: "PATCH", path: KEPT, type: "application/json-patch+json", body, may: REFUSED };
  },
  // Patches of what must not be reached.
  (random) => {
    const path = pick(["/__proto__/polluted", "/constructor/prototype/polluted", "//", ""], random);
    const body =
      random() < 0.5
        ? operations([
            { op: pick(["add", "replace", "remove", "move"], random), path, value: "yes" },
          ])
        : '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"metadata":{"resourceVersion":"0"}}';
    const type = body.startsWith("[")
      ? "application/json-patch+json"
      : "application/merge-patch+json";
    return { method: "PATCH", path: KEPT, type, body, may: REFUSED };
  },
  // Selectors.
  (random) => {
    const text = pick(
      [
        "(".repeat(2000),
        `a in (${"b,".repeat(5000)}`,
        "!".repeat(3000),
        "a=b,".repeat(3000),
        "=",
        "a=\u0000",
        "metadata.name==a,=b",
      ],
      random,
    );
    const field = pick(["labelSelector", "fieldSelector"], random);
    return {
      method: "GET",
      path: `${MAPS}?${field}=${encodeURIComponent(text)}`,
      may: [200, ...REFUSED, 431],
    };
  },
  // Options that mean nothing.
  (random) => {
    const query = pick(
      [
        "limit=-1",
        "limit=1e99",
        "limit=x",
        "continue=x",
        `continue=${"A".repeat(5000)}`,
        "resourceVersion=x",
        "timeoutSeconds=x&watch=0",
        "dryRun=Some",
        "fieldValidation=x",
        "resourceVersionMatch=x",
      ],
      random,
    );
    return {
      method: pick(["GET", "POST"], random),
      path: `${MAPS}?${query}`,
      body: "{",
      may: [200, ...REFUSED, 410],
    };
  },
  // Bytes that are no message.
  (random) => {
    const length = Math.floor(random() * 400);
    const noise = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
    const type = pick(
      [
        "application/vnd.kubernetes.protobuf",
        "application/json",
        "application/yaml",
        "application/cbor",
        "text/plain",
        "\u007f",
      ],
      random,
    );
    const body = type.includes("protobuf") ? Buffer.concat([Buffer.from("k8s\0"), noise]) : noise;
    return {
      ...pick(NOISY, random),
      type,
      body,
      may: REFUSED,
    };
  },
  // Wrong tokens, with everything that would change something.
  (random, index) => {
    const authorization = pick(
      [
        "",
        "Bearer",
        `Bearer ${"x".repeat(32)}`,
        `Bearer ${address.token}x`,
        `Basic ${address.token}`,
        `bearer ${address.token}`,
      ],
      random,
    );
    const [method, path] = pick<[string, string]>(
      [
        ["DELETE", KEPT],
        ["DELETE", MAPS],
        ["POST", MAPS],
        ["PATCH", KEPT],
        ["DELETE", "/api/v1/namespaces/default"],
      ],
      random,
    );
    return {
      method,
      path,
      body: `{"metadata":{"name":"n${index}"}}`,
      type: "application/json",
      headers: { authorization },
      may: [401],
    };
  },
  // Applies that claim what isn't theirs.
  (random) => {
    const metadata = pick(
      [
        { name: "other" },
        { name: "kept", uid: "x" },
        { name: "kept", managedFields: [{}] },
        { name: "kept", labels: [] },
        5,
      ],
      random,
    );
    const body = JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { a: "taken" },
    });
    return {
      method: "PATCH",
      path: `${KEPT}?fieldManager=thief`,
      type: "application/apply-patch+yaml",
      body,
      may: REFUSED,
    };
  },
];

/** Where a body that happens to be empty does no harm either. */
const NOISY = [
  { method: "POST", path: MAPS },
  { method: "DELETE", path: `${MAPS}/none` },
];

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}

/** @returns the status; 0 where the server broke the connection. */
function send({ method, path, type, body, headers }: Hostile): Promise<number> {
  const { host, port, token, ca } = address;
  return new Promise((resolve) => {
    const sent = request({ host, port, ca, method, path, agent: false });
    const head = {
      authorization: `Bearer ${token}`,
      ...(type && { "content-type": type }),
      // Node counts the body of some methods only.
      ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
      ...headers,
    };
    sent.on("error", () => resolve(0));
    try {
      for (const [name, value] of Object.entries(head)) sent.setHeader(name, value);
    } catch {
      // The client's own library does not send it.
      resolve(-1);
      sent.destroy();
      return;
    }
    sent.once("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.end(body);
  });
}

it(`takes ${COUNT} hostile requests without harm (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const before = await new ApiClient(address).call(KEPT);
  const wrong: string[] = [];
  // Large bodies are a part of them all, but not a tenth.
  const one = (index: number): Hostile => {
    const kind = Math.floor(random() * ATTACKS.length);
    const attack = kind === 1 && random() > 0.1 ? ATTACKS[8]! : ATTACKS[kind]!;
    return attack(random, index);
  };
  for (let done = 0; done < COUNT; done += 50) {
    const batch = Array.from({ length: Math.min(50, COUNT - done) }, (_, i) => one(done + i));
    const answers = await Promise.all(batch.map(send));
    for (const [i, status] of answers.entries()) {
      const { method, path, type = "", may, body } = batch[i]!;
      // A body that is not read to its end may cost the connection before the answer is seen.
      const isCut = status === 0 && (body?.length ?? 0) > 3_000_000;
      if (status === -1 || isCut || may.includes(status)) continue;
      wrong.push(`${method} ${path.slice(0, 100)} ${type} ${String(body).slice(0, 60)}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(faults.map(({ message }) => message)).toEqual([]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  const after = await new ApiClient(address).call(KEPT);
  expect(after.body.data).toEqual(before.body.data);
}, 600_000);

it("survives a flood of watches that nobody reads or that are left at once", async () => {
  const { host, port, token, ca } = address;
  const open = () =>
    new Promise<() => void>((resolve) => {
      const path = `${MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`;
      const sent = request({
        host,
        port,
        ca,
        path,
        agent: false,
        headers: { authorization: `Bearer ${token}` },
      });
      sent.on("error", () => {});
      sent.once("response", (response) => {
        response.pause();
        resolve(() => response.destroy());
      });
      sent.end();
    });
  for (let round = 0; round < 5; round++) {
    const watches = await Promise.all(Array.from({ length: 100 }, open));
    for (const leave of watches) leave();
  }
  expect((await new ApiClient(address).call("/version")).status).toBe(200);
  expect(faults).toEqual([]);
}, 120_000);

// What the requests above found, one by one.
it.each([
  ["DELETE", `${MAPS}/x/%2e%2e`, 404],
  ["DELETE", `${MAPS}/../configmaps`, 404],
  ["DELETE", `${MAPS}/%2e%2e`, 404],
  ["GET", "/openapi/v3/../..", 404],
])("does not resolve the steps of a path: %s %s", async (method, path, may) => {
  expect(await send({ method, path, may: [] })).toBe(may);
  expect((await new ApiClient(address).call(KEPT)).status).toBe(200);
});

it("refuses metadata that is no mapping, and what is deeper than any object", async () => {
  const api = new ApiClient(address);
  const path = `${MAPS}/new?fieldManager=x`;
  const answer = await api.patch(path, "apply-patch+yaml", { metadata: 5 });
  expect(answer.status).toBe(400);
  const body = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
  const deep = await api.patch(KEPT, "strategic-merge-patch+json", body);
  expect([deep.status, deep.body.message]).toEqual([400, "exceeded max depth"]);
});

it("takes selectors as long as control loops write them", async () => {
  const names = Array.from({ length: 5000 }, (_, i) => `name-${i}`).join(",");
  const path = `${MAPS}?labelSelector=${encodeURIComponent(`app in (${names})`)}`;
  expect((await new ApiClient(address).call(path)).status).toBe(200);
});
