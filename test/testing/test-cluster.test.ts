import { lookup } from "node:dns/promises";
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { text } from "node:stream/consumers";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { type PodHandler, testCluster } from "../../src/testing/index.ts";

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec:
  selector: { app: api }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec: { containers: [{ name: api, image: api, ports: [{ containerPort: 8080 }] }] }
`;
const URL = "http://api.shop.svc.cluster.local/";
const OPTIONS = { namespace: "shop" };

const sayName: PodHandler = (_request, response, pod) => response.end(pod.name);

async function answers(count: number, url = URL): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const name = await (await fetch(url)).text();
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  return seen;
}

/** The error of a connection and why it came to it. */
async function failure(url: string): Promise<{ code: unknown; why: unknown }> {
  const error = await fetch(url).then(
    () => undefined,
    ({ cause }: Error) => cause as NodeJS.ErrnoException,
  );
  return { code: error?.code, why: (error?.cause as Error | undefined)?.message };
}

describe("testCluster", () => {
  it("lets code that knows nothing of it reach every pod by name", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const names = cluster.pods("deploy/api").map(({ name }) => name);
    expect(names).toHaveLength(3);
    const seen = await answers(120);
    expect([...seen.keys()].sort()).toEqual(names.sort());
    for (const count of seen.values()) expect(count).toBeGreaterThan(15);
    expect(cluster.pods().reduce((sum, { requests }) => sum + requests, 0)).toBe(120);
  });

  it.each([
    "http://api/",
    "http://api.shop/",
    "http://api.shop.svc/",
    "http://API.shop.svc.cluster.local/",
  ])("answers %s from a pod's search list", async (url) => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const [name] = (await answers(1, url)).keys();
    expect(cluster.pods().map((pod) => pod.name)).toContain(name);
  });

  it("chooses an endpoint for each request of a keep-alive agent", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const agent = new http.Agent({ keepAlive: true });
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        http.get(URL, { agent }, resolve).on("error", reject);
      });
      seen.add(await text(response));
    }
    agent.destroy();
    expect(seen.size).toBe(3);
    expect(cluster.pods().length).toBe(3);
  });

  it("sends nothing to a pod from the moment in which the test says it is not ready", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    await answers(30);
    const [first] = cluster.pods("deploy/api");
    first!.setReady(false);
    const before = first!.requests;
    expect((await answers(60)).size).toBe(2);
    expect(first!.requests).toBe(before);
    first!.setReady(true);
    expect((await answers(60)).size).toBe(3);
  });

  it("says what is wrong when no pod is ready", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    for (const pod of cluster.pods()) pod.setReady(false, "warming up");
    const { code, why } = await failure(URL);
    expect(code).toBe("ECONNREFUSED");
    expect(why).toMatch(/^shop\/api has 3 pods, none ready: api-.* \(warming up\)/);
  });

  it("passes over pods that were killed before anybody noticed", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const get = () =>
      new Promise<string>((resolve, reject) => {
        const call = http.get(URL, { agent: false }, (response) => resolve(text(response)));
        call.on("error", reject);
      });
    const [first, second, third] = cluster.pods("deploy/api");
    await first!.kill();
    await second!.kill();
    for (let i = 0; i < 20; i++) expect(await get()).toBe(third!.name);
    await third!.kill();
    await expect(get()).rejects.toMatchObject({
      code: "ECONNREFUSED",
      syscall: "connect",
      cause: {
        message: expect.stringMatching(
          /^3 endpoints were tried; of the last: cannot connect to api-.* \(10\.244\./,
        ),
      },
    });
    await second!.restart();
    expect(await get()).toBe(second!.name);
  });

  it("scales, with every new pod served and every old one gone", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    await cluster.scale("deploy/api", 5);
    expect((await answers(150)).size).toBe(5);
    await cluster.scale("deploy/api", 1);
    expect(cluster.pods()).toHaveLength(1);
    expect((await answers(20)).size).toBe(1);
    await cluster.scale("deploy/api", 0);
    expect((await failure(URL)).code).toBe("ECONNREFUSED");
  });

  it("takes one server for all pods of a workload, whatever it speaks", async () => {
    const echo = net.createServer((socket) => void socket.pipe(socket));
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": echo }, OPTIONS);
    const socket = net.connect({ host: "api.shop.svc.cluster.local", port: 80 });
    socket.end("over TCP");
    expect(await text(socket)).toBe("over TCP");
    expect(cluster.pods()).toHaveLength(3);
    await cluster.close();
    expect(echo.listening).toBe(false);
  });

  it("resolves names as the cluster's DNS does", async () => {
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    const { address } = await lookup("api.shop.svc.cluster.local");
    const [record] = cluster.engine.resolve("api.shop.svc.cluster.local").answers;
    expect(record).toMatchObject({ type: "A", data: address });
    await expect(lookup("nosuch.shop.svc.cluster.local")).rejects.toMatchObject({
      code: "ENOTFOUND",
      message: "getaddrinfo ENOTFOUND nosuch.shop.svc.cluster.local",
      cause: {
        message: expect.stringMatching(
          /^NXDOMAIN: there is no Service shop\/nosuch; namespace shop has /,
        ),
      },
    });
  });

  it("leaves nothing behind", async () => {
    const before = { connect: net.Socket.prototype.connect, fetch: globalThis.fetch };
    const cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    await answers(10);
    const { local } = cluster.pods()[0] as unknown as { local: net.AddressInfo };
    await cluster.close();
    expect({ connect: net.Socket.prototype.connect, fetch: globalThis.fetch }).toEqual(before);
    expect((await failure(URL)).code).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect((await failure(`http://127.0.0.1:${local.port}/`)).code).toBe("ECONNREFUSED");
  });

  it("runs several clusters at once, each with names of its own", async () => {
    const other = MANIFESTS.replace(/\bapi\b/g, "cart");
    await using shop = await testCluster(MANIFESTS, { "deploy/api": sayName }, OPTIONS);
    await using carts = await testCluster(other, { "deploy/cart": sayName }, OPTIONS);
    expect(Object.keys(Object.fromEntries(await answers(30)))).toSatisfy((names: string[]) =>
      names.every((name) => shop.pods().some((pod) => pod.name === name)),
    );
    expect(
      Object.keys(Object.fromEntries(await answers(30, "http://cart.shop.svc.cluster.local/"))),
    ).toSatisfy((names: string[]) =>
      names.every((name) => carts.pods().some((pod) => pod.name === name)),
    );
  });

  it("keeps clusters with equal names apart that are used through their engines", async () => {
    const named =
      (name: string): PodHandler =>
      (_request, response) =>
        response.end(name);
    const options = { ...OPTIONS, hook: false };
    await using a = await testCluster(MANIFESTS, { "deploy/api": named("a") }, options);
    await using b = await testCluster(MANIFESTS, { "deploy/api": named("b") }, options);
    for (const [cluster, name] of [
      [a, "a"],
      [b, "b"],
    ] as const) {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        http.get(URL, { agent: cluster.engine.agent() }, resolve).on("error", reject);
      });
      expect(await text(response)).toBe(name);
    }
  });

  it.each([
    ["deploy/apii", /the manifests have no Deployment shop\/apii; they have shop\/api/],
    ["deployy/api", /there is no kind "deployy"/],
    ["svc/api", /a Service has no pods of its own/],
  ])("refuses %s, which stands for no pods", async (target, message) => {
    await expect(testCluster(MANIFESTS, { [target]: sayName }, OPTIONS)).rejects.toMatchObject({
      code: "test-cluster",
      message: expect.stringMatching(message),
    });
  });

  it("refuses manifests with errors and says where they are", async () => {
    const broken = MANIFESTS.replace("replicas: 3", "replicas: many");
    await expect(testCluster(broken, {}, OPTIONS)).rejects.toMatchObject({
      code: "test-cluster",
      message: expect.stringMatching(/manifests:\d+/),
    });
  });

  it("tells of pods that it has no server for", async () => {
    await using _cluster = await testCluster(MANIFESTS, {}, OPTIONS);
    expect((await failure(URL)).why).toMatch(/the test has no server for it/);
  });

  it("serves the Kubernetes API, with control loops and pods behind it", async () => {
    const options = { ...OPTIONS, api: true };
    await using cluster = await testCluster(MANIFESTS, { "deploy/api": sayName }, options);
    const config = new KubeConfig();
    config.loadFromString(cluster.api.kubeconfig);
    const apps = config.makeApiClient(AppsV1Api);
    const target = { namespace: "shop", name: "api" };
    const scale = await apps.readNamespacedDeploymentScale(target);
    await apps.replaceNamespacedDeploymentScale({
      ...target,
      body: { ...scale, spec: { replicas: 1 } },
    });
    await expect.poll(() => cluster.pods().length).toBe(1);
    const [pod] = cluster.pods();
    const { items } = await config
      .makeApiClient(CoreV1Api)
      .listNamespacedPod({ namespace: "shop" });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual([pod?.name]);
    expect(await answers(3)).toEqual(new Map([[pod?.name, 3]]));
  });

  it("lets the token of one API into no other, though one authority vouches for both", async () => {
    const options = { hook: false, api: true };
    await using one = await testCluster([], {}, options);
    await using other = await testCluster([], {}, options);
    expect(other.api.ca).toBe(one.api.ca);
    const ask = async (token: string) => {
      const { server, ca } = one.api;
      const headers = { authorization: `Bearer ${token}` };
      const [response] = await once(
        https.get(`${server}/api/v1/pods`, { ca, headers, agent: false }),
        "response",
      );
      response.resume();
      return response.statusCode;
    };
    expect(await ask(one.api.token)).toBe(200);
    expect(await ask(other.api.token)).toBe(401);
  });

  it("says which option serves the API where it is asked for without", async () => {
    await using cluster = await testCluster([], {}, { hook: false });
    expect(() => cluster.api).toThrow("the Kubernetes API is served with option `api: true` only");
  });
});
