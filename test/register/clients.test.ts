import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtPackage } from "../support/built-package.ts";
import { describeWith } from "../support/tools.ts";
import { PORTS, type Servers, startServers } from "./servers.ts";

/** Besides this Node, those of `KUBELANE_TEST_NODES`: a list of paths, as the npm package `node` brings them. */
const NODES = [
  process.execPath,
  ...(process.env["KUBELANE_TEST_NODES"] ?? "").split(delimiter).filter((path) => path !== ""),
];

type Result =
  | string
  | { readonly code: unknown; readonly message: string; readonly cause?: string };

let folder: string;
let kubelane: string;
let servers: Servers;

async function runClients(node: string, host: string): Promise<Record<string, Result>> {
  const { stdout } = await promisify(execFile)(
    node,
    [
      `--import=${pathToFileURL(join(kubelane, "dist/register/index.js"))}`,
      join(import.meta.dirname, "clients.mjs"),
      host,
      JSON.stringify(PORTS),
    ],
    {
      env: {
        ...process.env,
        KUBELANE: join(folder, "manifests.json"),
        NODE_EXTRA_CA_CERTS: servers.certificate,
      },
    },
  );
  return JSON.parse(stdout);
}

/** What each client gets from a server that answers: HTTP servers say by what name they were called. */
function expected(host: string): Record<string, string> {
  const authority = (port: number) => (port === 80 || port === 443 ? host : `${host}:${port}`);
  const of = (text: string, ...names: readonly string[]) => names.map((name) => [name, text]);
  return Object.fromEntries([
    ...of(
      authority(80),
      ...["fetch", "fetch, kept connection", "fetch, connection: close", "http.get"],
      ...["http.get without agent", "http.Agent with keepAlive", "http.Agent without keepAlive"],
      ...["undici.request", "undici.request, connection closed after it", "undici.fetch"],
      "undici.Agent of its own",
    ),
    ...of(
      authority(443),
      ...["fetch over TLS", "https.get", "https.Agent with keepAlive"],
      ...["https.Agent without keepAlive", "undici.request over TLS"],
    ),
    ...of(authority(PORTS.h2c), "http2"),
    ...of(authority(PORTS.h2), "http2 over TLS"),
    ...of("row", "pg", "pg over TLS"),
    ...of("value", "ioredis", "ioredis over TLS"),
    ...of("grpc", "@grpc/grpc-js", "@grpc/grpc-js over TLS"),
    ...of(
      "echo",
      ...["net.connect(port, host)", "net.connect({ host, port })", "new net.Socket().connect()"],
      ...["tls.connect", "tls.connect without servername", "tls.connect on a connected socket"],
      "a connection to the address of dns.lookup",
      "a connection to the address of dns.promises.lookup",
    ),
  ]);
}

describeWith(["openssl"], "clients of a registered program", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "kubelane-register-"));
    kubelane = builtPackage();
    servers = await startServers(folder);
    writeFileSync(join(folder, "manifests.json"), servers.manifests);
  }, 180_000);

  afterAll(async () => {
    await servers?.[Symbol.asyncDispose]();
    for (const path of [folder, kubelane]) rmSync(path, { recursive: true, force: true });
  });

  describe.each(NODES)("on %s", (node) => {
    it.each(["web", "web6"])(
      "all reach the Service %s by name, with its name for Host and TLS",
      async (name) => {
        const host = `${name}.shop.svc.cluster.local`;
        expect(await runClients(node, host)).toEqual(expected(host));
      },
    );

    // Only Linux has more loopback addresses than one.
    it.runIf(process.platform === "linux")(
      "all are passed on when the endpoint that was chosen refuses, TLS included",
      async () => {
        const host = "half.shop.svc.cluster.local";
        expect(await runClients(node, host)).toEqual(expected(host));
      },
    );

    it.each([
      ["nosuch", "ENOTFOUND", /there is no Service shop\/nosuch/],
      ["headless", "ENOTFOUND", /headless/],
      ["empty", "ECONNREFUSED", /shop\/empty selects app=nobody, and no Pod in shop has that/],
      ["gone", "ECONNREFUSED", /cannot connect to gone \(127\.0\.0\.1:\d+\)/],
    ])("all fail for %s with the code %s and say why", async (name, code, why) => {
      const results = await runClients(node, `${name}.shop.svc.cluster.local`);
      expect(Object.keys(results)).toHaveLength(Object.keys(expected("")).length);
      for (const [client, result] of Object.entries(results)) {
        // gRPC has codes of its own: UNAVAILABLE, with the connection's error as text.
        const wanted = client.startsWith("@grpc") ? 14 : code;
        expect({ client, result }).toMatchObject({ client, result: { code: wanted } });
        if (!client.startsWith("@grpc")) {
          expect({ client, cause: (result as { cause?: string }).cause }).toEqual({
            client,
            cause: expect.stringMatching(why),
          });
        }
      }
    });
  });
});
