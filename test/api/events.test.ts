import { describe, expect, it } from "vitest";
import { happeningsOf } from "../../src/api/events/of-change.ts";
import { happeningsInRuntime } from "../../src/api/events/of-runtime.ts";
import { EventRecorder } from "../../src/api/events/recorder.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { RuntimeEvent } from "../../src/runtime/event.ts";
import { Store } from "../../src/store/store.ts";

const workload = (kind: string, spec: object, apiVersion = "apps/v1"): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: "web", namespace: "shop" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
    ...spec,
  },
});

/** What is told of the changes of a batch, without the generated part of names. */
function told(store: Store, run: () => void): string[] {
  const lines: string[] = [];
  const stop = store.subscribe((changes) => {
    for (const { about, reason, message } of changes.flatMap((each) => happeningsOf(each, store))) {
      lines.push(`${about.kind} ${reason}: ${message}`.replace(/web-[\w-]+/g, "web-X"));
    }
  });
  run();
  stop();
  return lines;
}

describe("what control loops tell", () => {
  const store = () => new Store({ controllers: standardControllers() });
  const put = (object: KubernetesObject) => ({ op: "put", object }) as const;

  it("of a Deployment and its ReplicaSets", () => {
    const cluster = store();
    expect(
      told(cluster, () => cluster.apply([put(workload("Deployment", { replicas: 2 }))])),
    ).toEqual([
      "Deployment ScalingReplicaSet: Scaled up replica set web-X from 0 to 2",
      "ReplicaSet SuccessfulCreate: Created pod: web-X",
      "ReplicaSet SuccessfulCreate: Created pod: web-X",
    ]);
    expect(
      told(cluster, () => cluster.apply([put(workload("Deployment", { replicas: 1 }))])),
    ).toEqual([
      "Deployment ScalingReplicaSet: Scaled down replica set web-X from 2 to 1",
      "ReplicaSet SuccessfulDelete: Deleted pod: web-X",
    ]);
  });

  it("of a StatefulSet and a Job", () => {
    const cluster = store();
    expect(
      told(cluster, () =>
        cluster.apply([put(workload("StatefulSet", { replicas: 1, serviceName: "web" }))]),
      ),
    ).toEqual(["StatefulSet SuccessfulCreate: create Pod web-X in StatefulSet web successful"]);
    const job = workload("Job", {}, "batch/v1");
    expect(told(cluster, () => cluster.apply([put(job)]))).toEqual([
      "Job SuccessfulCreate: Created pod: web-X",
    ]);
  });

  it("nothing of Pods that go with their owner, or that nobody owns", () => {
    const cluster = store();
    cluster.apply([put(workload("ReplicaSet", { replicas: 1 }))]);
    const key = { kind: "ReplicaSet.apps", namespace: "shop", name: "web" };
    expect(told(cluster, () => cluster.apply([{ op: "delete", key }]))).toEqual([]);
    const pod = { ...workload("Pod", {}, "v1"), spec: { containers: [] } };
    expect(told(cluster, () => cluster.apply([put(pod)]))).toEqual([]);
  });
});

describe("what the runtime tells", () => {
  const store = new Store();
  store.apply([
    {
      op: "put",
      object: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "web", namespace: "shop", uid: "u" },
        spec: { containers: [] },
      },
    },
  ]);
  const pod = { kind: "Pod", namespace: "shop", name: "web" };

  it.each<[RuntimeEvent, string[]]>([
    [{ pod, container: "c", type: "started", pid: 1, command: [], ports: {} }, ["Normal Started"]],
    [
      { pod, container: "c", type: "exited", exitCode: 1, reason: "Error", restartIn: 10 },
      ["Warning BackOff"],
    ],
    [{ pod, container: "c", type: "exited", exitCode: 1, reason: "Error" }, []],
    [{ pod, container: "c", type: "exited", exitCode: 0, reason: "Completed", restartIn: 10 }, []],
    [
      { pod, container: "c", type: "unhealthy", probe: "liveness", message: "no" },
      ["Warning Unhealthy"],
    ],
    [{ pod, type: "not-ready", reason: "x", message: "no" }, ["Warning Unhealthy"]],
    [{ pod, type: "ready" }, []],
    [{ pod: { ...pod, name: "gone" }, type: "not-ready", reason: "x", message: "no" }, []],
    [{ type: "error", message: "x", cause: undefined }, []],
  ])("%j", (event, expected) => {
    expect(
      happeningsInRuntime(event, store).map(({ type, reason }) => `${type} ${reason}`),
    ).toEqual(expected);
  });
});

describe("the recorder", () => {
  const pod: KubernetesObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop" },
    spec: { containers: [] },
  };
  const unready = (message: string): RuntimeEvent => ({
    pod: { kind: "Pod", namespace: "shop", name: "web" },
    type: "not-ready",
    reason: "x",
    message,
  });
  const events = (store: Store) =>
    store.list("Event").map((event) => {
      const { count, message } = event as unknown as { count: number; message: string };
      return `${count} ${message}`;
    });

  it("counts what happens again, and forgets what is over for an hour", () => {
    let now = Date.parse("2026-11-28T00:00:00Z");
    const store = new Store({ now: () => new Date(now) });
    store.apply([{ op: "put", object: pod }]);
    const recorder = new EventRecorder(store, () => new Date(now));
    for (const message of ["a", "b", "a"]) recorder.note(unready(message));
    expect(events(store).sort()).toEqual(["1 b", "2 a"]);
    now += 30 * 60_000;
    recorder.note(unready("a"));
    now += 31 * 60_000;
    recorder.note(unready("c"));
    expect(events(store).sort()).toEqual(["1 c", "3 a"]);
  });

  it("keeps a bounded number", () => {
    const store = new Store();
    store.apply([{ op: "put", object: pod }]);
    const recorder = new EventRecorder(store, () => new Date());
    for (let i = 0; i < 5_100; i++) recorder.note(unready(`message ${i}`));
    expect(store.count("Event")).toBeLessThanOrEqual(5_001);
    expect(events(store)).toContain("1 message 5099");
    expect(events(store)).not.toContain("1 message 0");
  });

  it("hears nothing any more once it is closed", () => {
    const store = new Store({ controllers: standardControllers() });
    const recorder = new EventRecorder(store, () => new Date());
    recorder.close();
    store.apply([{ op: "put", object: workload("ReplicaSet", { replicas: 1 }) }]);
    expect(store.list("Event")).toEqual([]);
  });
});
