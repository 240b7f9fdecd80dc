import { join } from "node:path";
import fc from "fast-check";
import { testCluster } from "kubelane/testing";
import { expect, it } from "vitest";
import { available } from "./cart.mjs";

const manifests = join(import.meta.dirname, "manifests");
const servers = { "deploy/stock": (_request, response) => response.end("7") };
const options = { namespace: "shop" };

/** What the cluster should be like: pods that are ready, by name. */
class Model {
  ready = new Set();
}

/** Picks one of the pods there are. */
const podOf = (cluster, index) => {
  const pods = cluster.pods("deploy/stock");
  return pods[index % pods.length];
};

class SetReady {
  constructor(index, ready) {
    Object.assign(this, { index, ready });
  }
  check(model) {
    return model.size > 0;
  }
  async run(model, cluster) {
    const pod = podOf(cluster, this.index);
    pod.setReady(this.ready);
    if (this.ready) model.ready.add(pod.name);
    else model.ready.delete(pod.name);
  }
  toString() {
    return `setReady(${this.index}, ${this.ready})`;
  }
}

class Scale {
  constructor(replicas) {
    this.replicas = replicas;
  }
  check() {
    return true;
  }
  async run(model, cluster) {
    await cluster.scale("deploy/stock", this.replicas);
    model.size = this.replicas;
    model.ready = new Set(
      cluster.pods("deploy/stock").flatMap(({ ready, name }) => (ready ? [name] : [])),
    );
  }
  toString() {
    return `scale(${this.replicas})`;
  }
}

class Ask {
  check() {
    return true;
  }
  async run(model, cluster) {
    const before = cluster.pods().map((pod) => [pod, pod.requests]);
    expect(await available("socks")).toBe(model.ready.size > 0 ? 7 : 0);
    for (const [pod, requests] of before) {
      if (!model.ready.has(pod.name)) expect(pod.requests).toBe(requests);
    }
  }
  toString() {
    return "ask()";
  }
}

it("answers from ready pods only, whatever happens to them", async () => {
  const commands = fc.commands(
    [
      fc.tuple(fc.nat(4), fc.boolean()).map(([index, ready]) => new SetReady(index, ready)),
      fc.nat(4).map((replicas) => new Scale(replicas)),
      fc.constant(new Ask()),
    ],
    { maxCommands: 20 },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (churn) => {
      // In TypeScript, and from Node 24 on: `await using cluster = …`, without finally.
      const cluster = await testCluster(manifests, servers, options);
      const setup = () => {
        const model = new Model();
        model.size = cluster.pods().length;
        for (const { name } of cluster.pods()) model.ready.add(name);
        return { model, real: cluster };
      };
      await fc.asyncModelRun(setup, churn).finally(() => cluster.close());
    }),
    { numRuns: 25 },
  );
}, 60_000);
