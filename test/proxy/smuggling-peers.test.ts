import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { TestCluster } from "./cluster.ts";
import { CORPUS } from "./smuggling-corpus.ts";

/** Milliseconds without a byte after which nothing more is waited for. */
const QUIET = 400;
const CONCURRENCY = 16;

/** A lenient backend: which requests it sees in what it is sent, whatever the framing was meant to be. */
class Backend {
  /** Paths of whole requests. */
  readonly seen = new Set<string>();

  readonly server = net.createServer((socket) => {
    let pending = "";
    socket.on("error", () => {});
    socket.setEncoding("latin1").on("data", (text: string) => {
      pending += text;
      for (let end = messageEnd(pending); end > 0; end = messageEnd(pending)) {
        const line = pending.slice(0, pending.indexOf("\r\n"));
        this.seen.add(/\/(?:p|smuggled)\d+/.exec(line)?.[0] ?? line);
        pending = pending.slice(end);
        const body = line.startsWith("HEAD") ? "" : "ok";
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`);
      }
    });
  });
}

/** Where the first message ends; 0 while it isn't complete. */
function messageEnd(text: string): number {
  const head = text.indexOf("\r\n\r\n") + 4;
  if (head < 4) return 0;
  const fields = text.slice(0, head);
  if (/\r\ntransfer-encoding:\s*chunked\r\n/i.test(fields)) {
    const end = /\r\n0\r\n(?:[^\r]+\r\n)*\r\n/.exec(text.slice(head - 2));
    return end === null ? 0 : head - 2 + end.index + end[0].length;
  }
  const length = Number(/\r\ncontent-length:\s*(\d+)\r\n/i.exec(fields)?.[1] ?? 0);
  return text.length >= head + length ? head + length : 0;
}

/** Sends bytes and waits until the connection is closed or quiet. */
function send(port: number, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    socket.resume();
    socket.setTimeout(QUIET, () => socket.destroy());
    socket.on("close", () => resolve());
    socket.write(bytes, "latin1");
  });
}

async function sendAll(port: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < CORPUS.length; i = next++) await send(port, CORPUS[i]?.bytes(i) ?? "");
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** What of a payload arrived: the request itself, and what hid in it. */
const verdict = ({ seen }: Backend, id: number) => ({
  request: seen.has(`/p${id}`),
  smuggled: seen.has(`/smuggled${id}`),
});

function listen(server: net.Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as net.AddressInfo).port)),
  );
}

const isThere = (program: string) => {
  try {
    execFileSync(program, ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

async function listens(port: number): Promise<void> {
  await expect
    .poll(
      () =>
        new Promise((resolve) => {
          const socket = net.connect({ host: "127.0.0.1", port }, () => {
            socket.destroy();
            resolve(true);
          });
          socket.on("error", () => resolve(false));
        }),
      { timeout: 120_000 },
    )
    .toBe(true);
}

describe("a corpus of ambiguous requests", () => {
  const ours = new Backend();
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = new TestCluster();
    cluster.serve("web", [await cluster.pod(ours.server)]);
    const gateway = await cluster.gateway({ trustForwarded: "never" });
    await sendAll(gateway.port);
  }, 180_000);

  afterAll(() => cluster[Symbol.asyncDispose]());

  test("has 400 kinds and more", () => {
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(400);
  });

  test("leads to nothing that hid in a request that was refused", () => {
    const desynced = CORPUS.filter((_, id) => {
      const { request, smuggled } = verdict(ours, id);
      return smuggled && !request;
    });
    expect(desynced.map(({ name }) => name)).toEqual([]);
  });

  test.skipIf(!isThere("nginx") || !isThere("haproxy"))(
    "leads to nothing that both nginx and HAProxy refuse",
    { timeout: 180_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "kubelane-peers-"));
      const programs: ChildProcess[] = [];
      const backends = { nginx: new Backend(), haproxy: new Backend() };
      try {
        const start = (...words: [string, ...string[]]) =>
          programs.push(spawn(words[0], words.slice(1), { stdio: "ignore" }));
        const nginx = await freePort();
        const nginxBackend = await listen(backends.nginx.server);
        writeFileSync(
          join(folder, "nginx.conf"),
          `daemon off; pid ${folder}/nginx.pid; error_log /dev/null; worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream web { server 127.0.0.1:${nginxBackend}; keepalive 16; }
  server { listen 127.0.0.1:${nginx}; server_name web.shop; location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_request_buffering off; proxy_pass http://web; } }
}
`,
        );
        start("nginx", "-p", folder, "-c", join(folder, "nginx.conf"));
        const haproxy = await freePort();
        const haproxyBackend = await listen(backends.haproxy.server);
        writeFileSync(
          join(folder, "haproxy.cfg"),
          `defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 5s
frontend f
  bind 127.0.0.1:${haproxy}
  default_backend b
backend b
  server s 127.0.0.1:${haproxyBackend}
`,
        );
        start("haproxy", "-db", "-f", join(folder, "haproxy.cfg"));
        await listens(nginx);
        await listens(haproxy);
        await sendAll(nginx);
        await sendAll(haproxy);
        const counts = { ours: 0, nginx: 0, haproxy: 0 };
        const worse: string[] = [];
        for (const [id, { name }] of CORPUS.entries()) {
          const all = {
            ours: verdict(ours, id),
            nginx: verdict(backends.nginx, id),
            haproxy: verdict(backends.haproxy, id),
          };
          for (const who of ["ours", "nginx", "haproxy"] as const)
            if (!all[who].request) counts[who]++;
          if (all.ours.request && !all.nginx.request && !all.haproxy.request)
            worse.push(`forwards ${name}`);
          if (all.ours.smuggled && !all.nginx.smuggled && !all.haproxy.smuggled)
            worse.push(`smuggles ${name}`);
        }
        if (process.env["SMUGGLING_FIGURES"] !== undefined) {
          process.stdout.write(`${CORPUS.length} kinds, refused: ${JSON.stringify(counts)}\n`);
        }
        // Peers that refuse everything would prove nothing.
        expect(counts.nginx).toBeLessThan(CORPUS.length * 0.9);
        expect(counts.haproxy).toBeLessThan(CORPUS.length * 0.9);
        expect(worse).toEqual([]);
      } finally {
        for (const program of programs) program.kill();
        for (const { server } of Object.values(backends)) server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
