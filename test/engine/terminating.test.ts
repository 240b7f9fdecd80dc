import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createEngine, type Engine, type KubernetesObject } from "../../src/index.ts";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import type { EndpointSlice } from "../../src/objects/endpoint-slice.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-terminating-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Answers until it is told to stop, and a little longer. */
const SERVER = `
  const server = require("node:http").createServer((q, r) => r.end("here"));
  server.listen(process.env.PORT, "127.0.0.1");
  process.on("SIGTERM", () => setTimeout(() => process.exit(0), 300));
`;

const labels = { app: "web" };
const web = (replicas: number): KubernetesObject[] => [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "web", image: "web", ports: [{ containerPort: 8080 }] }] },
      },
    },
  },
];

/** What the slices say of each endpoint, in the order in which it changed. */
function follow(engine: Engine) {
  const states: string[] = [];
  const state = () =>
    (engine.store.list("EndpointSlice.discovery.k8s.io") as EndpointSlice[])
      .flatMap(({ endpoints }) => endpoints)
      .map(({ conditions = {} }) =>
        Object.entries(conditions)
          .flatMap(([name, value]) => (value ? name : []))
          .join("+"),
      )
      .sort()
      .join(" ");
  engine.store.subscribe(() => {
    if (state() !== states.at(-1)) states.push(state());
  });
  return states;
}

it("a process that a rollout gives up is terminating, serves on, and is gone when it has ended", async () => {
  const { config } = readLocalConfig(
    `run:\n  deploy/web: { command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(SERVER)}] }\n`,
    join(folder, "kubelane.yaml"),
  );
  const engine = createEngine({ localPods: { run: config?.values.run ?? [], attach: [] } });
  try {
    const states = follow(engine);
    const became = (state: string) =>
      expect.poll(() => states.at(-1), { timeout: 120_000 }).toBe(state);
    await engine.load(web(2));
    engine.startPods();
    await became("ready+serving ready+serving");
    states.length = 0;
    await engine.load(web(1));
    expect(states).toEqual(["ready+serving serving+terminating"]);
    await became("ready+serving");
    // With none left that is ready, the one that ends still answers.
    states.length = 0;
    await engine.load(web(0));
    expect(states).toEqual(["serving+terminating"]);
    const port = engine.balancer.lookup("default", "web", 80);
    expect("table" in port && engine.balancer.pick(port).outcome).toBe("endpoint");
    await became("");
    expect(engine.store.list("Pod")).toEqual([]);
  } finally {
    await engine.close({ grace: 0 });
  }
});
