import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { ApiAddress } from "../../src/engine/listen.ts";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { SpdyConnection, type SpdyStream } from "../../src/spdy/connection.ts";
import { isAlive } from "../support/is-alive.ts";
import { describeWith } from "../support/tools.ts";

let engine: Engine;
let folder: string;
let api: ApiAddress;

const POD = "/api/v1/namespaces/default/pods/talk";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-spdy-exec-"));
  const command = 'while read line; do echo "heard $line"; echo aside >&2; done';
  const text = `run: { pod/talk: { command: [sh, -c, ${JSON.stringify(command)}] } }`;
  const { config } = readLocalConfig(text, join(folder, "kubelane.yaml"));
  engine = createEngine({ localPods: config!.values });
  const ready = new Promise<void>((resolve) => {
    engine.on("pod", ({ type }) => {
      if (type === "ready") resolve();
    });
  });
  await engine.load([
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "talk", namespace: "default" },
      spec: { containers: [{ name: "main", image: "any:1", stdin: true, stdinOnce: true }] },
    },
  ]);
  api = (await engine.listen({ api: { listen: "127.0.0.1:0" } })).api!;
  engine.startPods();
  await ready;
});

afterAll(async () => {
  await engine.close({ grace: 0 });
  rmSync(folder, { recursive: true, force: true });
});

interface Session {
  readonly carrier: Duplex;
  readonly stream: (type: string) => SpdyStream;
}

/** As client-go's executor asks; it names the protocols it knows, newest first. */
function ask(path: string, protocol = "v4.channel.k8s.io, v3.channel.k8s.io"): Promise<Session> {
  const { host, port, ca, token } = api;
  const headers = {
    authorization: `Bearer ${token}`,
    connection: "Upgrade",
    upgrade: "SPDY/3.1",
    "x-stream-protocol-version": protocol,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, ca, method: "POST", path: `${POD}${path}`, headers });
    sent.on("upgrade", (response: IncomingMessage, carrier: Duplex) => {
      expect(response.headers["x-stream-protocol-version"]).toBe("v4.channel.k8s.io");
      const connection = new SpdyConnection(carrier);
      resolve({ carrier, stream: (streamtype) => connection.open({ streamtype }) });
    });
    sent.on("response", async (response) => reject(new Error(await text(response))));
    sent.on("error", reject);
    sent.end();
  });
}

function execPath(command: readonly string[], streams: string): string {
  const query = command.map((each) => `command=${encodeURIComponent(each)}`);
  return `/exec?${[...query, streams].join("&")}`;
}

describe("a command over SPDY, as clients ask that know no WebSocket", () => {
  it("has its input and its outputs, and tells its exit code", async () => {
    const command = ["sh", "-c", 'cat; echo "from $HOSTNAME" >&2; exit 6'];
    const session = await ask(execPath(command, "stdin=true&stdout=true&stderr=true"));
    const [error, stdin, stdout, stderr] = ["error", "stdin", "stdout", "stderr"].map(
      session.stream,
    ) as [SpdyStream, SpdyStream, SpdyStream, SpdyStream];
    stdin.end("some input");
    expect(await Promise.all([text(stdout), text(stderr)])).toEqual(["some input", "from talk\n"]);
    expect(JSON.parse(await text(error))).toMatchObject({
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "6" }] },
    });
  });

  it("passes more than any buffer holds", async () => {
    const session = await ask(execPath(["head", "-c", "5000000", "/dev/zero"], "stdout=true"));
    const error = session.stream("error");
    const stdout = session.stream("stdout");
    expect((await text(stdout)).length).toBe(5_000_000);
    expect(JSON.parse(await text(error))).toMatchObject({ status: "Success" });
  });

  it("ends when its client goes", async () => {
    const command = ["sh", "-c", "echo $$; exec sleep 1000"];
    const session = await ask(execPath(command, "stdout=true"));
    session.stream("error");
    const pid = await new Promise<number>((resolve) => {
      session.stream("stdout").once("data", (data) => resolve(Number(String(data))));
    });
    session.carrier.destroy();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("is refused when it is carried in another way", async () => {
    const path = execPath(["id"], "stdout=true");
    await expect(ask(path, "channel.k8s.io")).rejects.toThrow(
      "over SPDY, the streams of a command are those of v4.channel.k8s.io",
    );
  });
});

it("attaches to a container over SPDY", async () => {
  const session = await ask("/attach?stdin=true&stdout=true&stderr=true");
  const [error, stdin, stdout, stderr] = ["error", "stdin", "stdout", "stderr"].map(
    session.stream,
  ) as [SpdyStream, SpdyStream, SpdyStream, SpdyStream];
  stdin.end("you\n");
  const told = await Promise.all([text(stdout), text(stderr), text(error)]);
  expect(told.slice(0, 2)).toEqual(["heard you\n", "aside\n"]);
  expect(JSON.parse(told[2]!)).toMatchObject({ status: "Success" });
});

describeWith(["script", "stty"], "the terminal of a command over SPDY", () => {
  it("has the size of the client's, and follows it", async () => {
    const script = "trap 'stty size; exit' WINCH; echo begun; while :; do sleep 0.1; done";
    const command = ["sh", "-c", script];
    const session = await ask(execPath(command, "stdin=true&stdout=true&tty=true"));
    const [sizes, stdout] = [session.stream("resize"), session.stream("stdout")];
    session.stream("error");
    session.stream("stdin");
    let output = "";
    stdout.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
    });
    await expect.poll(() => output, { timeout: 20_000 }).toContain("begun");
    // More than one at once: the last one counts.
    sizes.write('{"Width":70,"Height":20}\n{"Width":123,"Height":45}\n');
    await expect.poll(() => output, { timeout: 20_000 }).toMatch(/(20 70|45 123)/);
  });
});
