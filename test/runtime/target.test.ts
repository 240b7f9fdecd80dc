import { describe, expect, it } from "vitest";
import { fromMap } from "../../src/labels/selector.ts";
import type {
  ContainerEntry,
  OwnImageEntry,
  ProcessEntry,
  WorkloadTarget,
} from "../../src/manifests/local-config.ts";
import type { KubernetesObject, ObjectMeta } from "../../src/objects/object.ts";
import type { LocalPods } from "../../src/runtime/local-pods.ts";
import { replicasFor } from "../../src/runtime/replicas.ts";
import { assignmentOf, lineageOf } from "../../src/runtime/target.ts";
import { Store } from "../../src/store/store.ts";
import { attach, podNamed, run } from "./harness.ts";

const owner = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: name, controller: true }],
});

function object(kind: string, name: string, metadata: Partial<ObjectMeta> = {}): KubernetesObject {
  const template = { metadata: { labels: { app: "web" } } };
  return {
    apiVersion: kind === "Job" || kind === "CronJob" ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name, namespace: "default", ...metadata },
    spec: { template },
  };
}

function podOf(metadata: Partial<ObjectMeta>) {
  const pod = podNamed("p");
  return { ...pod, metadata: { ...pod.metadata, ...metadata } };
}

const commandOf = (entry: ContainerEntry | undefined) =>
  entry === undefined || "ownImage" in entry ? undefined : entry.command;

const position = { file: "kubelane.yaml", line: 1, column: 1 };

const store = new Store();
store.apply(
  [
    object("Deployment", "api"),
    object("ReplicaSet", "api-1", owner("apps/v1", "Deployment", "api")),
    object("CronJob", "nightly"),
    object("Job", "nightly-1", owner("batch/v1", "CronJob", "nightly")),
    object("ReplicaSet", "loop", owner("apps/v1", "ReplicaSet", "loop")),
  ].map((each) => ({ op: "put", object: each })),
);

const named = (kind: string, name: string, namespace = "default"): WorkloadTarget => ({
  namespace,
  kind,
  name,
});
const labelled = (labels: Record<string, string>, namespace = "default"): WorkloadTarget => ({
  namespace,
  selector: fromMap(labels),
});

const ofDeployment = podOf(owner("apps/v1", "ReplicaSet", "api-1"));
const ofCronJob = podOf(owner("batch/v1", "Job", "nightly-1"));

describe("whose pod it is", () => {
  it.each([
    ["of a Deployment", ofDeployment, ["Pod p", "ReplicaSet.apps api-1", "Deployment.apps api"]],
    ["of a CronJob", ofCronJob, ["Pod p", "Job.batch nightly-1", "CronJob.batch nightly"]],
    ["of nobody", podOf({}), ["Pod p"]],
    ["of an owner that is not there", podOf(owner("x/v1", "Thing", "t")), ["Pod p", "Thing.x t"]],
  ])("%s", (_, pod, expected) => {
    expect(lineageOf(pod, store).map(({ kind, name }) => `${kind} ${name}`)).toEqual(expected);
  });

  it("ends even when owners go round in a circle", () => {
    const pod = podOf(owner("apps/v1", "ReplicaSet", "loop"));
    expect(lineageOf(pod, store).length).toBeLessThan(12);
  });
});

describe("the entry for a pod", () => {
  const entry = (name: string, target: WorkloadTarget, container?: string) =>
    run(name, { target, ...(container === undefined ? {} : { container }) });
  const byLabel = entry("label", labelled({ app: "web" }));
  const byDeployment = entry("deployment", named("Deployment.apps", "api"));
  const byReplicaSet = entry("replicaset", named("ReplicaSet.apps", "api-1"));
  const byPod = entry("pod", named("Pod", "p"));

  it.each([
    ["a name over a selector", [byLabel, byDeployment], "deployment"],
    ["the nearest owner", [byDeployment, byReplicaSet], "replicaset"],
    ["the pod itself", [byDeployment, byPod, byReplicaSet], "pod"],
    ["the first among equals", [byLabel, entry("second", labelled({}))], "label"],
    ["none of another namespace", [entry("x", named("Deployment.apps", "api", "shop"))], undefined],
    ["none with other labels", [entry("x", labelled({ app: "db" }))], undefined],
    ["none of another kind", [entry("x", named("StatefulSet.apps", "api"))], undefined],
  ])("is %s", (_, entries, expected) => {
    const assignment = assignmentOf(ofDeployment, { run: entries, attach: [] }, store);
    const chosen = assignment?.kind === "run" ? assignment.entries.get("main") : undefined;
    expect(commandOf(chosen)).toBe(expected);
  });

  it("is found for each container by itself", () => {
    const side = entry("side", labelled({ app: "web" }), "side");
    const assignment = assignmentOf(ofDeployment, { run: [side, byDeployment], attach: [] }, store);
    const commands = assignment?.kind === "run" ? [...assignment.entries.keys()].sort() : [];
    expect(commands).toEqual(["main", "side"]);
  });

  it("is what stands for the image of a container that has no other", () => {
    const images = ["web:*", "proxy"].map((pattern) => ({
      pattern,
      command: pattern,
      cwd: "/",
      env: {},
      position,
    }));
    const pod = podNamed("p", {
      initContainers: [
        { name: "setup", image: "proxy:1" },
        { name: "wait", image: "wait" },
      ],
      containers: [
        { name: "main", image: "web:1" },
        { name: "side", image: "proxy" },
      ],
    });
    const chosen = (entries: ProcessEntry[]) => {
      const assignment = assignmentOf(pod, { run: entries, attach: [], images }, store);
      if (assignment?.kind !== "run") return undefined;
      return Object.fromEntries(
        [...assignment.entries].map(([name, entry]) => [name, commandOf(entry)]),
      );
    };
    expect(chosen([])).toEqual({ main: "web:*", side: "proxy", setup: "proxy" });
    expect(chosen([byPod])).toEqual({ main: "pod", side: "proxy", setup: "proxy" });
  });

  it("is its own image for each container that has no other, if it is asked for", () => {
    const pod = podNamed("p", {
      initContainers: [{ name: "setup" }],
      containers: [{ name: "main" }, { name: "side" }],
    });
    const ownImage: OwnImageEntry = {
      target: named("Pod", "p"),
      ownImage: true,
      env: {},
      position,
    };
    const process: ProcessEntry = { ...byPod, container: "side", target: named("Pod", "p") };
    const chosen = (pods: Partial<LocalPods>) => {
      const assignment = assignmentOf(pod, { run: [], attach: [], ...pods }, store);
      if (assignment?.kind !== "run") return assignment?.kind;
      return Object.fromEntries(
        [...assignment.entries].map(([name, entry]) => [name, commandOf(entry) ?? "image"]),
      );
    };
    const all = { main: "image", side: "image", setup: "image" };
    expect(chosen({ run: [ownImage] })).toEqual(all);
    expect(chosen({ run: [ownImage, process] })).toEqual(all);
    expect(chosen({ run: [process, ownImage] })).toEqual({ ...all, side: "pod" });
    expect(chosen({ containers: "auto" })).toEqual(all);
    expect(chosen({ containers: "auto", run: [process] })).toEqual({ side: "pod" });
    expect(chosen({ containers: "auto", stub: [{ position }] })).toEqual(all);
    const stub = [{ target: named("Pod", "p"), position }];
    expect(chosen({ containers: "auto", stub })).toBe("stub");
    expect(chosen({ containers: "off" })).toBeUndefined();
  });

  it("is an attach entry when that is as near", () => {
    const address = [{ host: "127.0.0.1", port: 1 }];
    const kindOf = (target: WorkloadTarget) =>
      assignmentOf(ofDeployment, { run: [byDeployment], attach: [attach(address, target)] }, store)
        ?.kind;
    expect(kindOf(named("Deployment.apps", "api"))).toBe("attach");
    expect(kindOf(named("Pod", "p"))).toBe("attach");
    expect(kindOf(labelled({ app: "web" }))).toBe("run");
  });
});

describe("replicas", () => {
  const address = { host: "127.0.0.1", port: 1 };
  const api = named("Deployment.apps", "api");
  const deployment = object("Deployment", "api");

  it.each([
    ["are those of a run entry", { run: [run("x", { target: api, replicas: 4 })], attach: [] }, 4],
    ["may be none", { run: [run("x", { target: api, replicas: 0 })], attach: [] }, 0],
    [
      "are as many as attached addresses",
      { run: [], attach: [attach([address, address], api)] },
      2,
    ],
    ["by label too", { run: [], attach: [attach([address], labelled({ app: "web" }))] }, 1],
    [
      "are the workload's own otherwise",
      { run: [run("x", { target: api })], attach: [] },
      undefined,
    ],
    [
      "of another namespace say nothing",
      { run: [], attach: [attach([address], labelled({ app: "web" }, "shop"))] },
      undefined,
    ],
    [
      "of another workload say nothing",
      { run: [run("x", { target: named("Deployment.apps", "web"), replicas: 4 })], attach: [] },
      undefined,
    ],
  ])("%s", (_, config, expected) => {
    expect(replicasFor(config, store)(deployment)).toBe(expected);
  });
});
