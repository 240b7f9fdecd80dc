import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import undici from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PodHandler, type TestCluster, testCluster } from "../../src/testing/index.ts";
import { apiManifests } from "../support/api-manifests.ts";
import { describeWith } from "../support/tools.ts";

const MANIFESTS = apiManifests(2);
const OPTIONS = { namespace: "shop", hook: false };
const HOST = "api.shop.svc.cluster.local";
const sayName: PodHandler = (_request, response, pod) => response.end(pod.name);

const get = (url: string, options: https.RequestOptions) =>
  new Promise<string>((resolve, reject) => {
    const { get } = url.startsWith("https:") ? https : http;
    get(url, options, (response) => resolve(text(response))).on("error", reject);
  });

/** Names of the pods that answered, each once. */
async function seen(count: number, ask: () => Promise<string>): Promise<string[]> {
  const names = new Set<string>();
  for (let i = 0; i < count; i++) names.add(await ask());
  return [...names].sort();
}

const namesOf = (cluster: TestCluster) =>
  cluster
    .pods()
    .map(({ name }) => name)
    .sort();

describe("an engine's clients, with nothing patched", () => {
  it("reach every pod through engine.agent()", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const agent = cluster.engine.agent();
    expect(await seen(40, () => get(`http://${HOST}/`, { agent }))).toEqual(namesOf(cluster));
  });

  it("leave all other hosts to the system through engine.agent()", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const agent = cluster.engine.agent();
    const { local } = cluster.pods()[0] as unknown as { local: { port: number } };
    expect(await get(`http://localhost:${local.port}/`, { agent })).toBe(cluster.pods()[0]!.name);
  });

  it("reach every pod through undici with engine.dispatcher(undici)", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const dispatcher: undici.Agent = cluster.engine.dispatcher(undici);
    const ask = async () => (await undici.request(`http://${HOST}/`, { dispatcher })).body.text();
    expect(await seen(40, ask)).toEqual(namesOf(cluster));
    for (const pod of cluster.pods()) pod.setReady(false);
    await expect(ask()).rejects.toMatchObject({
      code: "ECONNREFUSED",
      cause: { code: "service-unreachable" },
    });
  });

  it("reach every pod through Node's own fetch with engine.dispatcher()", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const dispatcher = cluster.engine.dispatcher();
    const ask = async () => (await fetch(`http://${HOST}/`, { dispatcher })).text();
    expect(await seen(40, ask)).toEqual(namesOf(cluster));
    await expect(
      fetch(`http://nosuch.shop.svc.cluster.local/`, { dispatcher }),
    ).rejects.toMatchObject({ cause: { code: "ENOTFOUND" } });
  });

  // Elsewhere 127.0.0.1 is the only loopback address.
  it.runIf(process.platform === "linux")(
    "reach the relays through engine.lookup while they listen",
    async () => {
      await using cluster = await testCluster(
        MANIFESTS.replace("port: 80", "port: 18181"),
        { "deploy/api": sayName },
        OPTIONS,
      );
      await cluster.engine.listen({ services: true });
      const { lookup } = cluster.engine;
      const socket = net.connect({ host: HOST, port: 18181, lookup: lookup as net.LookupFunction });
      socket.end("GET / HTTP/1.0\r\n\r\n");
      expect(await text(socket)).toMatch(/api-[a-z0-9]+-[a-z0-9]+$/);
    },
  );
});

describeWith(["openssl"], "an engine's clients over TLS", () => {
  let folder: string;
  let secure: { key: Buffer; cert: Buffer };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kubelane-tls-"));
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-days", "30", "-subj", "/CN=test", "-addext", `subjectAltName=DNS:${HOST}`],
        ...["-keyout", key, "-out", cert],
      ],
      { stdio: "ignore" },
    );
    secure = { key: readFileSync(key), cert: readFileSync(cert) };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("verify the Service's name through engine.httpsAgent() and engine.dispatcher()", async () => {
    const server = https.createServer(secure, (_request, response) => response.end("secret"));
    const manifests = MANIFESTS.replace("port: 80,", "port: 443,");
    await using cluster = await testCluster(manifests, { "deploy/api": server }, OPTIONS);
    const { engine } = cluster;
    const url = `https://${HOST}/`;
    const ca = secure.cert;
    expect(await get(url, { agent: engine.httpsAgent({ ca }) })).toBe("secret");
    await expect(get(url, { agent: engine.httpsAgent() })).rejects.toThrow(/self-signed/);
    const dispatcher = engine.dispatcher(undici, { tls: { ca } });
    expect(await (await undici.request(url, { dispatcher })).body.text()).toBe("secret");
    const other = `https://api.shop/`;
    await expect(undici.request(other, { dispatcher })).rejects.toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });
});
