import { once } from "node:events";
import type http from "node:http";
import http2 from "node:http2";
import { describe, expect, test } from "vitest";
import { request, TestCluster } from "./cluster.ts";

const H2C = { spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } };

/** What a pod sees of `Forwarded` and `X-Forwarded-For`. */
async function seen(
  from: "HTTP/1.1" | "HTTP/2",
  to: "HTTP/1.1" | "HTTP/2",
  trustForwarded: "never" | "loopback",
): Promise<unknown> {
  await using cluster = new TestCluster();
  const gateway = await cluster.gateway({ trustForwarded });
  const tell = (headers: http.IncomingHttpHeaders) =>
    JSON.stringify([headers["forwarded"] ?? null, headers["x-forwarded-for"]]);
  if (to === "HTTP/1.1") {
    cluster.serve("web", [await cluster.httpPod((req, res) => res.end(tell(req.headers)))]);
  } else {
    const server = http2.createServer((req, res) => res.end(tell(req.headers)));
    cluster.serve("web", [await cluster.pod(server)], H2C);
  }
  const sent = { forwarded: "for=6.6.6.6", "x-forwarded-for": "6.6.6.6" };
  if (from === "HTTP/1.1") {
    const headers = { host: "web.shop", ...sent };
    return JSON.parse((await request({ port: gateway.port, headers })).body);
  }
  const session = http2.connect(`http://127.0.0.1:${gateway.port}`);
  const stream = session.request({ ":authority": "web.shop", ...sent });
  let body = "";
  for await (const chunk of stream.setEncoding("utf8")) body += chunk;
  session.close();
  await once(session, "close");
  return JSON.parse(body);
}

describe.each([
  ["HTTP/1.1", "HTTP/2"],
  ["HTTP/2", "HTTP/1.1"],
  ["HTTP/2", "HTTP/2"],
] as const)("what a client of %s says of its origin to a pod of %s", (from, to) => {
  test("is passed on where it is trusted", async () => {
    expect(await seen(from, to, "loopback")).toEqual(["for=6.6.6.6", "6.6.6.6, 127.0.0.1"]);
  });

  test("is left out where it is not", async () => {
    expect(await seen(from, to, "never")).toEqual([null, "127.0.0.1"]);
  });
});
