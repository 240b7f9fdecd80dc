import { describe, expect, test } from "vitest";
import type { GatewayContext } from "../../src/proxy/gateway-context.ts";
import { receiveRequest } from "../../src/proxy/inbound/http1/received-request.ts";
import { DEFAULT_LIMITS } from "../../src/proxy/limits.ts";
import { type Refusal, refusal } from "../../src/proxy/refusal.ts";
import type { RoutedRequest } from "../../src/proxy/request-target.ts";

const context = { limits: { ...DEFAULT_LIMITS, headerLines: 5 } } as GatewayContext;

/** Knows `web`, and `grpc`, whose pods speak HTTP/2. */
function route(method: string, target: string, host = ""): RoutedRequest | Refusal {
  if (host !== "web" && host !== "grpc") return refusal(404, "no-service", `no ${host}`);
  if (target === "*" && method !== "OPTIONS") return refusal(400, "bad-request", "no target");
  const port = { appProtocol: host === "grpc" ? "kubernetes.io/h2c" : undefined };
  return { route: { port: { port } }, path: target, host } as RoutedRequest;
}

function receive(...lines: string[]) {
  return receiveRequest(`${lines.join("\r\n")}\r\n\r\n`, { context, route });
}

const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket"];

describe("a request's head", () => {
  test("becomes a request to the Service it names", () => {
    const received = receive("POST /a?b HTTP/1.1", "Host: web", "Content-Length: 3");
    expect(received).toMatchObject({
      head: { method: "POST", minor: 1 },
      admission: { persistent: true, upgrade: undefined, body: { done: false } },
      routed: { path: "/a?b", host: "web" },
    });
  });

  test.each([
    ["a switch of protocols", "GET / HTTP/1.1", "web", "websocket"],
    [
      "a WebSocket at pods that speak HTTP/2",
      "GET / HTTP/1.1\r\nSec-WebSocket-Key: a",
      "grpc",
      "websocket",
    ],
    ["a tunnel to pods that speak HTTP/2", "CONNECT grpc:80 HTTP/1.1", "grpc", "websocket"],
  ])("may ask for %s", (_what, line, host, upgrade) => {
    const received = receive(line, `Host: ${host}`, ...UPGRADE);
    expect(received).toMatchObject({ admission: { upgrade } });
  });

  test.each<[string, string[], number, boolean]>([
    ["is no head", ["GET / HTTP/1.1 "], 400, false],
    ["has too many lines", ["GET / HTTP/1.1", "Host: web", ...Array(5).fill("A: b")], 431, false],
    ["names no host", ["GET / HTTP/1.1"], 400, true],
    [
      "asks pods that speak HTTP/2 for a WebSocket without a key",
      ["GET / HTTP/1.1", "Host: grpc", ...UPGRADE],
      400,
      true,
    ],
    [
      "frames its body in two ways",
      ["GET / HTTP/1.1", "Host: web", "Content-Length: 1, 2"],
      400,
      true,
    ],
    ["asks for nothing there is", ["GET * HTTP/1.1", "Host: web"], 400, true],
    ["has a body for nobody", ["PUT / HTTP/1.1", "Host: none", "Content-Length: 1"], 404, true],
    [
      "is the last one, for nobody",
      ["GET / HTTP/1.1", "Host: none", "Connection: close"],
      404,
      true,
    ],
    ["is the last one by its version", ["GET / HTTP/1.0", "Host: none"], 404, true],
  ])("that %s ends the connection", (_what, lines, status, understood) => {
    const received = receive(...lines);
    expect(received).toMatchObject({ why: { status }, closes: true });
    expect("why" in received && received.head !== undefined).toBe(understood);
  });

  test.each<[string, string[], number]>([
    ["asks for a Service there isn't", ["GET / HTTP/1.1", "Host: none"], 404],
    [
      "asks pods that speak HTTP/2 to switch to something else than a WebSocket",
      ["GET / HTTP/1.1", "Host: grpc", "Connection: Upgrade", "Upgrade: chat"],
      501,
    ],
  ])("that %s leaves the connection as it was", (_what, lines, status) => {
    expect(receive(...lines)).toMatchObject({
      why: { status },
      closes: false,
      head: { method: "GET" },
    });
  });
});
