import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { kubeconfigOf } from "../../src/control/kubeconfig.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { ApiAddress } from "../../src/engine/listen.ts";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { describeWith } from "../support/tools.ts";
import { ApiClient } from "./client.ts";

let engine: Engine;
let folder: string;
let api: ApiAddress;

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", labels: { app: "web" } },
  spec: {
    containers: [
      {
        name: "web",
        image: "web",
        ports: [{ containerPort: 8080 }],
        env: [{ name: "GREETING", value: "hello" }],
      },
    ],
  },
};

const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "default" },
  spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
};

const EMPTY = {
  ...SERVICE,
  metadata: { name: "none", namespace: "default" },
  spec: { ...SERVICE.spec, selector: { app: "none" } },
};

const SERVER =
  "console.log('listening'); require('http').createServer((q, a) => { console.log('asked for', q.url); a.setHeader('x-asked', [q.method, q.url, q.headers.authorization, q.headers.cookie].join(' ')); q.on('data', (d) => a.write(d)); q.on('end', () => a.end('from the pod')); }).listen(process.env.PORT, '127.0.0.1')";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-streaming-"));
  const { config } = readLocalConfig(
    `run: { pod/web: { command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(SERVER)}] } }`,
    join(folder, "kubelane.yaml"),
  );
  engine = createEngine({ localPods: config!.values });
  await engine.load([POD, SERVICE, EMPTY]);
  api = (await engine.listen({ api: { listen: "127.0.0.1:0" } })).api!;
  const access = { server: `https://127.0.0.1:${api.port}`, token: api.token, ca: api.ca };
  writeFileSync(join(folder, "config"), JSON.stringify(kubeconfigOf(access, "default")));
  await new Promise<void>((resolve) => {
    engine.on("pod", (event) => {
      if (event.type === "ready") resolve();
    });
    engine.startPods();
  });
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const PODS = "/api/v1/namespaces/default/pods";

/** How an upgrade is refused: the HTTP status and what is said. */
function refused(path: string, protocol: string, token = api.token): Promise<[number, string]> {
  const socket = new WebSocket(`wss://127.0.0.1:${api.port}${path}`, protocol, {
    ca: api.ca,
    headers: { authorization: `Bearer ${token}` },
  });
  socket.on("error", () => {});
  return new Promise((resolve) => {
    socket.once("unexpected-response", async (_request, response) => {
      resolve([response.statusCode ?? 0, await text(response)]);
    });
  });
}

describe("a request for another protocol", () => {
  it.each<[string, string, number, string]>([
    ["of nobody", "/web/exec?command=id", 401, ""],
    ["to a Pod that is not there", "/nothing/exec?command=id", 404, 'pods \\"nothing\\" not found'],
    ["without a command", "/web/exec", 400, "at least 1 command"],
    ["to another container", "/web/exec?command=id&container=x", 400, "container x is not valid"],
    ["that nobody serves", "/web/resize", 400, "pods/resize is not served"],
    ["to the output of another container", "/web/attach?container=x", 400, "x is not valid"],
  ])("is refused when it is %s", async (what, path, status, why) => {
    const token = what === "of nobody" ? "x" : api.token;
    const [code, body] = await refused(`${PODS}${path}`, "v5.channel.k8s.io", token);
    expect(code).toBe(status);
    expect(body).toContain(why);
  });

  it("runs a command with the container's environment, in its folder, and says its exit code", async () => {
    const command = ["sh", "-c", 'read line; echo "$GREETING $line"; pwd >&2; exit 3'];
    const query = command.map((each) => `command=${encodeURIComponent(each)}`).join("&");
    const socket = new WebSocket(
      `wss://127.0.0.1:${api.port}${PODS}/web/exec?stdin=true&stdout=true&stderr=true&${query}`,
      "v5.channel.k8s.io",
      { ca: api.ca, headers: { authorization: `Bearer ${api.token}` } },
    );
    const received = ["", "", "", ""];
    socket.on("message", (data: Buffer) => {
      received[data[0]!] += data.toString("utf8", 1);
    });
    await once(socket, "open");
    socket.send(Buffer.from("\0you\n"));
    await once(socket, "close");
    expect(received.slice(0, 3)).toEqual(["", "hello you\n", `${folder}\n`]);
    expect(JSON.parse(received[3]!)).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "3" }] },
    });
  });

  it("tells what a container writes from now on", async () => {
    const socket = new WebSocket(
      `wss://127.0.0.1:${api.port}${PODS}/web/attach?stdout=true`,
      "v5.channel.k8s.io",
      { ca: api.ca, headers: { authorization: `Bearer ${api.token}` } },
    );
    const told = new Promise<string>((resolve) => {
      let output = "";
      socket.on("message", (data: Buffer) => {
        if (data[0] === 1) output += data.toString("utf8", 1);
        if (output.includes("\n")) resolve(output);
      });
    });
    await once(socket, "open");
    await new ApiClient(api).call(`${PODS}/web/proxy/attached`);
    expect(await told).toBe("asked for /attached\n");
    socket.terminate();
  });

  it("gives a command a terminal", async () => {
    const query = "tty=true&stdout=true&stdin=true&command=sh&command=-c&command=";
    const line = 'test -t 0 && test -t 1 && echo it\\\'s "a terminal"; exit 5';
    const socket = new WebSocket(
      `wss://127.0.0.1:${api.port}${PODS}/web/exec?${query}${encodeURIComponent(line)}`,
      "v5.channel.k8s.io",
      { ca: api.ca, headers: { authorization: `Bearer ${api.token}` } },
    );
    const received = ["", "", "", ""];
    socket.on("message", (data: Buffer) => {
      received[data[0]!] += data.toString("utf8", 1);
    });
    await once(socket, "close");
    expect(received[1]).toBe("it's a terminal\r\n");
    expect(received[3]).toContain('"message":"5"');
  });

  it("gives a terminal the size that its client tells at the start", async () => {
    const line = "until [ \"$(stty size)\" = '45 123' ]; do sleep 0.1; done; stty size";
    const query = "tty=true&stdout=true&stdin=true&command=sh&command=-c&command=";
    const socket = new WebSocket(
      `wss://127.0.0.1:${api.port}${PODS}/web/exec?${query}${encodeURIComponent(line)}`,
      "v5.channel.k8s.io",
      { ca: api.ca, headers: { authorization: `Bearer ${api.token}` } },
    );
    let output = "";
    socket.on("message", (data: Buffer) => {
      if (data[0] === 1) output += data.toString("utf8", 1);
    });
    await once(socket, "open");
    // Most likely there is no terminal yet.
    socket.send(Buffer.from('\x04{"Width":123,"Height":45}'));
    await once(socket, "close");
    expect(output).toBe("45 123\r\n");
  });

  it("ends a command whose client goes", async () => {
    const socket = new WebSocket(
      `wss://127.0.0.1:${api.port}${PODS}/web/exec?stdout=true&command=sh&command=-c&command=${encodeURIComponent("echo $$; exec sleep 1000")}`,
      "v5.channel.k8s.io",
      { ca: api.ca, headers: { authorization: `Bearer ${api.token}` } },
    );
    const [message] = await once(socket, "message");
    const pid = Number((message as Buffer).toString("utf8", 1));
    socket.terminate();
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describeWith(["kubectl", "script", "tar"], "kubectl on a local pod", () => {
  const env = () => ({ ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder });

  function kubectl(args: readonly string[], input?: string, more: object = {}) {
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        "kubectl",
        args,
        { env: { ...env(), ...more } },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
        },
      );
      child.stdin?.on("error", () => {}).end(input);
    });
  }

  it.each<[string, readonly string[], number, RegExp, string?]>([
    ["prints its log", ["logs", "web"], 0, /^listening\n/],
    ["runs a command", ["exec", "web", "--", "sh", "-c", "echo $GREETING"], 0, /^hello\n$/],
    ["passes input on", ["exec", "-i", "web", "--", "wc", "-c"], 0, /^5\n$/, "hello"],
    ["takes its exit code", ["exec", "web", "--", "sh", "-c", "exit 7"], 7, /^$/],
  ])("%s", async (_, args, code, stdout, input) => {
    const outcome = await kubectl(args, input);
    expect(outcome.stdout, outcome.stderr).toMatch(stdout);
    expect(outcome.code).toBe(code);
  });

  it("runs a command over SPDY, as older clients do", async () => {
    const older = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false" };
    const command = ["exec", "-i", "web", "--", "sh", "-c", "cat; exit 3"];
    expect(await kubectl(command, "hello", older)).toMatchObject({ code: 3, stdout: "hello" });
  });

  it("says what is not there", async () => {
    const { code, stderr } = await kubectl(["exec", "web", "--", "no-such-program"]);
    expect(stderr).toContain("executable file not found");
    expect(code).toBe(1);
  });

  it("copies files to it and from it", async () => {
    writeFileSync(join(folder, "here.txt"), "some text");
    await kubectl(["cp", join(folder, "here.txt"), `web:${join(folder, "there.txt")}`]);
    expect(readFileSync(join(folder, "there.txt"), "utf8")).toBe("some text");
    await kubectl(["cp", `web:${join(folder, "there.txt")}`, join(folder, "back.txt")]);
    expect(readFileSync(join(folder, "back.txt"), "utf8")).toBe("some text");
  });

  it.each([
    ["over WebSocket", "true"],
    ["over SPDY, as older clients do", "false"],
  ])(
    "forwards a port %s, for many connections, and says which one is not served",
    async (_, webSocket) => {
      const forward = spawn("kubectl", ["port-forward", "-v=6", "pod/web", ":8080", ":9999"], {
        env: { ...env(), KUBECTL_PORT_FORWARD_WEBSOCKETS: webSocket },
      });
      let output = "";
      let complaints = "";
      forward.stdout.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
      forward.stderr.setEncoding("utf8").on("data", (chunk) => {
        complaints += chunk;
      });
      const port = (of: number) =>
        Number(new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${of}`).exec(output)?.[1]);
      await expect.poll(() => port(8080) > 0 && port(9999) > 0).toBe(true);
      const ask = (to: number) =>
        new Promise<string>((resolve) => {
          get({ port: to, host: "127.0.0.1", agent: false }, async (response) =>
            resolve(await text(response)),
          ).on("error", (error) => resolve(String(error)));
        });
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(port(8080))));
      expect(new Set(answers)).toEqual(new Set(["from the pod"]));
      expect(await ask(port(9999))).toMatch(/hang up|ECONNRESET/);
      await expect.poll(() => complaints).toContain("serves no port 9999");
      expect(complaints).not.toContain("fallback to secondary dialer");
      forward.kill();
      await once(forward, "exit");
    },
  );
});

describe("a request that is passed on", () => {
  const SERVICES = "/api/v1/namespaces/default/services";
  const cookie = "a=b";

  it.each([
    [`${PODS}/web/proxy`, "/"],
    [`${PODS}/web/proxy/`, "/"],
    [`${PODS}/web:8080/proxy/a/b%20c?d=e&f`, "/a/b%20c?d=e&f"],
    [`${PODS}/http:web:/proxy/x`, "/x"],
    [`${SERVICES}/web/proxy/x`, "/x"],
    [`${SERVICES}/web:http/proxy/x`, "/x"],
    [`${SERVICES}/web:80/proxy/x`, "/x"],
    [`${SERVICES}/http:web:http/proxy/x`, "/x"],
  ])("%s reaches the pod, without the token of this server", async (path, asked) => {
    const { status, body, headers } = await new ApiClient(api).call(path, { headers: { cookie } });
    expect([status, body, headers["x-asked"]]).toEqual([200, "from the pod", `GET ${asked}  a=b`]);
  });

  it("may have a body", async () => {
    const path = `${SERVICES}/web/proxy/x`;
    const { body, headers } = await new ApiClient(api).post(path, "sent ", { type: "text/plain" });
    expect([body, headers["x-asked"]]).toEqual(["sent from the pod", "POST /x"]);
  });

  it.each([
    [`${PODS}/none/proxy/`, 404, 'pods "none" not found'],
    [`${PODS}/web:9/proxy/`, 503, "serves no port 9 on this machine"],
    [`${PODS}/web:nope/proxy/`, 400, "no port named"],
    [`${PODS}/https:web:/proxy/`, 400, "over http"],
    [`${SERVICES}/none/proxy/`, 503, "no endpoints available"],
    [`${SERVICES}/web:81/proxy/`, 503, "no endpoints available"],
  ])("%s is refused", async (path, status, why) => {
    const answer = await new ApiClient(api).call(path);
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(why)]);
  });
});
