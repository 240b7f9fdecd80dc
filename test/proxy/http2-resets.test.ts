import { once } from "node:events";
import http2, { constants } from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Budget, RESETS } from "../../src/proxy/http2/budget.ts";
import { TestCluster, type TestGateway } from "./cluster.ts";
import { frame } from "./frames.ts";

describe("the budget for resets", () => {
  const BURST = 800;

  function spendAll(budget: Budget, now: number): number {
    let count = 0;
    while (budget.spend(now)) count++;
    return count;
  }

  test("is spent by a burst, and grows again with time", () => {
    const budget = new Budget(RESETS, 5_000);
    expect(spendAll(budget, 5_000)).toBe(BURST);
    // The one too many has to be made up for as well.
    expect(spendAll(budget, 6_000)).toBe(24);
    expect(spendAll(budget, 8_000)).toBe(49);
  });

  test("doesn't grow beyond the burst, however long nothing happens", () => {
    const budget = new Budget(RESETS, 0);
    expect(spendAll(budget, 1e9)).toBe(BURST);
  });

  test("lasts for a client that resets a stream now and then", () => {
    const budget = new Budget(RESETS, 0);
    const spent = Array.from({ length: 10_000 }, (_, i) => budget.spend(i * 40));
    expect(spent).not.toContain(false);
  });
});

describe("a client that resets its streams", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeEach(async () => {
    cluster = new TestCluster();
    gateway = await cluster.gateway();
  });

  afterEach(() => cluster[Symbol.asyncDispose]());

  /** Requests that are reset at once, in as few bytes as they take: more than 1,000 in one read. */
  function rapidResets(count: number): Buffer {
    // Static entries of HPACK (RFC 7541 appendix A), and the authority without a name of its own.
    const authority = Buffer.from("web.shop");
    const request = Buffer.concat([
      Buffer.from([0x82, 0x86, 0x84, 0x01, authority.length]),
      authority,
    ]);
    const cancel = Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL]);
    const frames = Array.from({ length: count }, (_, i) => [
      frame(1, 5, 2 * i + 1, request),
      frame(3, 0, 2 * i + 1, cancel),
    ]);
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    return Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0)), ...frames.flat()]);
  }

  test.each([850, 1_100, 20_000])("%i times in a row is cut off at once", async (count) => {
    cluster.serve("web", [await cluster.httpPod(() => {})]);
    const socket = net.connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    socket.write(rapidResets(count));
    await once(socket, "close");
    // Nothing is open any more that closing would wait for.
    await gateway.close(60_000);
  });

  test("keeps its connection while they are not too many", async () => {
    let asked = 0;
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        asked++;
        if (req.url === "/") res.end("ok");
      }),
    ]);
    const session = http2.connect(`http://127.0.0.1:${gateway.port}`);
    for (let i = 0; i < 200; i++) {
      const stream = session.request({ ":path": "/never", ":authority": "web.shop" });
      stream.on("error", () => {});
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, "close");
    }
    const stream = session.request({ ":authority": "web.shop" });
    let body = "";
    for await (const chunk of stream.setEncoding("utf8")) body += chunk;
    expect(body).toBe("ok");
    expect(asked).toBeGreaterThan(0);
    session.destroy();
  });

  test("isn't blamed for what pods break off", async () => {
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        if (req.url === "/") res.end("ok");
        else res.write("x", () => res.destroy());
      }),
    ]);
    const session = http2.connect(`http://127.0.0.1:${gateway.port}`);
    const broken = () =>
      new Promise((resolve) => {
        const stream = session.request({ ":path": "/breaks", ":authority": "web.shop" });
        stream.on("error", () => {});
        stream.on("close", resolve);
        stream.resume();
      });
    for (let i = 0; i < 9; i++) await Promise.all(Array.from({ length: 100 }, broken));
    const stream = session.request({ ":authority": "web.shop" });
    let body = "";
    for await (const chunk of stream.setEncoding("utf8")) body += chunk;
    expect(body).toBe("ok");
    session.destroy();
  });
});
