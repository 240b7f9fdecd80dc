import { once } from "node:events";
import type http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster, type TestGateway } from "./cluster.ts";

describe("HTTP/2 clients that go away", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeEach(async () => {
    cluster = new TestCluster();
    gateway = await cluster.gateway();
  });

  afterEach(() => cluster[Symbol.asyncDispose]());

  test.each([
    ["before the answer", false, "end"],
    ["in the middle of the answer", true, "end"],
    ["before the answer, with a reset", false, "reset"],
    ["in the middle of the answer, with a reset", true, "reset"],
  ] as const)("%s are cut off at their pod", async (_when, answers, how) => {
    let gone: Promise<unknown> = Promise.resolve();
    let asked = (_request: http.IncomingMessage) => {};
    const request = new Promise<http.IncomingMessage>((resolve) => {
      asked = resolve;
    });
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        gone = once(req.socket, "close");
        if (answers) res.write("x");
        asked(req);
      }),
    ]);
    const socket = net.connect(gateway.port, "127.0.0.1");
    const session = http2.connect("http://web.shop", { createConnection: () => socket });
    session.on("error", () => {});
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    await request;
    if (answers) await once(stream, "data");
    // What the kernel says for a process that was killed: the end of the connection, and no frame before it.
    if (how === "end") socket.destroy();
    else socket.resetAndDestroy();
    await gone;
    await expect.poll(() => gateway.events.map(({ aborted }) => aborted)).toEqual(["client"]);
    // Nothing is open any more that closing would wait for.
    await gateway.close(60_000);
  });
});
