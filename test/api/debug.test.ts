import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { ApiAddress } from "../../src/engine/listen.ts";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { ApiClient } from "./client.ts";

let engine: Engine;
let folder: string;
let api: ApiAddress;
let client: ApiClient;

const PODS = "/api/v1/namespaces/default/pods";
const STRATEGIC = "application/strategic-merge-patch+json";

const pod = (name: string, container: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: {
    restartPolicy: "Never",
    containers: [{ name: "main", image: `${name}:1`, ...container }],
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-debug-"));
  const text = `
images:
  tools: { command: [sh, -c, 'echo "tools $1"', tools] }
run:
  pod/web: { command: [sh, -c, "while :; do sleep 1; done"] }
  pod/reader: { command: [sh, -c, 'while read line; do echo "read $line"; done; echo end'] }
`;
  const { config } = readLocalConfig(text, join(folder, "kubelane.yaml"));
  engine = createEngine({ localPods: config!.values });
  const running = new Set<string>();
  const ready = new Promise<void>((resolve) => {
    engine.on("pod", (event) => {
      if (event.type === "started") running.add(event.pod.name);
      if (running.size === 2) resolve();
    });
  });
  await engine.load([
    pod("web", { env: [{ name: "GREETING", value: "hello" }] }),
    pod("reader", { stdin: true, stdinOnce: true }),
    pod("elsewhere"),
  ]);
  api = (await engine.listen({ api: { listen: "127.0.0.1:0" } })).api!;
  client = new ApiClient(api);
  engine.startPods();
  await ready;
});

afterAll(async () => {
  await engine.close({ grace: 0 });
  rmSync(folder, { recursive: true, force: true });
});

/** As `kubectl debug` does it. */
async function debug(container: object, name = "web") {
  const body = { spec: { ephemeralContainers: [container] } };
  const path = `${PODS}/${name}/ephemeralcontainers`;
  return client.call(path, { method: "PATCH", type: STRATEGIC, body });
}

async function ended(container: string): Promise<unknown> {
  let state: { readonly terminated?: { readonly exitCode: number } } | undefined;
  const find = async () => {
    const { body } = await client.call(`${PODS}/web`);
    const statuses = (body.status.ephemeralContainerStatuses ?? []) as {
      readonly name: string;
      readonly state: NonNullable<typeof state>;
    }[];
    state = statuses.find(({ name }) => name === container)?.state;
    return state?.terminated !== undefined;
  };
  await expect.poll(find).toBe(true);
  return state?.terminated?.exitCode;
}

async function logOf(container: string): Promise<unknown> {
  return (await client.call(`${PODS}/web/log?container=${container}`)).body;
}

/** What comes over a WebSocket until it is closed. */
async function attach(name: string, container: string, input: string): Promise<string> {
  const query = `container=${container}&stdin=true&stdout=true&stderr=true`;
  const socket = new WebSocket(
    `wss://127.0.0.1:${api.port}${PODS}/${name}/attach?${query}`,
    "v5.channel.k8s.io",
    { ca: api.ca, headers: { authorization: `Bearer ${api.token}` } },
  );
  let output = "";
  socket.on("message", (data: Buffer) => {
    if (data[0] === 1) output += data.toString("utf8", 1);
  });
  await once(socket, "open");
  socket.send(Buffer.from(`\0${input}`));
  socket.send(Buffer.from([255, 0]));
  await once(socket, "close");
  return output;
}

describe("an ephemeral container", () => {
  it("runs the program of its command beside the pod's, once", async () => {
    const command = ["sh", "-c", "echo $GREETING from $HOSTNAME >&2; echo done; exit 4"];
    const env = [{ name: "GREETING", value: "hi" }];
    const { status } = await debug({ name: "shell", image: "busybox", command, env });
    expect(status).toBe(200);
    expect(await ended("shell")).toBe(4);
    const { body } = await client.call(`${PODS}/web`);
    expect(body.spec.securityContext).toEqual({});
    expect(body.spec.ephemeralContainers).toMatchObject([{ name: "shell", image: "busybox" }]);
    expect(body.status).toMatchObject({
      phase: "Running",
      containerStatuses: [{ restartCount: 0 }],
    });
    expect(body.status.ephemeralContainerStatuses).toMatchObject([
      { restartCount: 0, ready: false },
    ]);
    expect(await logOf("shell")).toContain("hi from web");
  });

  it("is what stands for its image, where something does", async () => {
    await debug({ name: "by-image", image: "tools:2", args: ["with arguments"] });
    expect(await ended("by-image")).toBe(0);
    expect(await logOf("by-image")).toBe("tools with arguments\n");
  });

  it("is a shell that can be talked to, where it says nothing", async () => {
    await debug({ name: "typed", image: "debian", stdin: true, stdinOnce: true });
    await expect
      .poll(async () => (await client.call(`${PODS}/web`)).body.status.ephemeralContainerStatuses)
      .toContainEqual(
        expect.objectContaining({ name: "typed", state: { running: expect.anything() } }),
      );
    expect(await attach("web", "typed", "echo $((20 + 3))\n")).toBe("23\n");
    expect(await ended("typed")).toBe(0);
  });

  it.each(["changed", "removed"])("can not be %s, as a real server says it", async (what) => {
    await debug({ name: "there", image: "tools" });
    const { body } = await client.call(`${PODS}/web`);
    const all = body.spec.ephemeralContainers as { readonly name: string }[];
    const others = all.filter(({ name }) => name !== "there");
    const changed = what === "changed" ? [...others, { name: "there", image: "other" }] : others;
    const answer = await client.call(`${PODS}/web/ephemeralcontainers`, {
      method: "PUT",
      // Whichever version it is by now: one of its containers may have just ended.
      body: {
        ...body,
        metadata: { ...body.metadata, resourceVersion: "" },
        spec: { ...body.spec, ephemeralContainers: changed },
      },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe(
      `Pod "web" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "there" may not be ${what}`,
    );
  });

  it("changes nothing else of its pod", async () => {
    const before = (await client.call(`${PODS}/web`)).body;
    const answer = await client.call(`${PODS}/web/ephemeralcontainers`, {
      method: "PATCH",
      type: STRATEGIC,
      body: { metadata: { labels: { a: "b" } }, spec: { nodeName: "x" } },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.metadata.labels).toEqual(before.metadata.labels);
    expect(answer.body.spec).toEqual(before.spec);
  });

  it("hinders no other change of its pod, though no pod is made with one", async () => {
    await debug({ name: "stays", image: "tools" });
    const patch = { metadata: { annotations: { seen: "yes" } } };
    const answer = await client.patch(`${PODS}/web`, "merge-patch+json", patch);
    expect(answer.body.message).toBeUndefined();
    expect(answer.status).toBe(200);
    expect(answer.body.spec.ephemeralContainers).toContainEqual(
      expect.objectContaining({ name: "stays" }),
    );
    const made = pod("made");
    const ephemeralContainers = [{ name: "early", image: "tools" }];
    const created = await client.post(PODS, {
      ...made,
      spec: { ...made.spec, ephemeralContainers },
    });
    expect(created.status).toBe(422);
    expect(created.body.details.causes).toMatchObject([{ field: "spec.ephemeralContainers" }]);
  });

  it("is refused for a pod that nothing runs here", async () => {
    const { status, body } = await debug({ name: "x", image: "x" }, "elsewhere");
    expect(status).toBe(400);
    expect(body.message).toBe(
      'pod "elsewhere" has no container that runs on this machine, so nothing can be started beside one: give it a command in kubelane.yaml',
    );
  });
});

it("gives what is typed to a container with stdin, and ends it with the input by stdinOnce", async () => {
  expect(await attach("reader", "main", "one\ntwo\n")).toBe("read one\nread two\nend\n");
});
