import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import dnsPacket from "dns-packet";
import { describe, expect, it } from "vitest";
import { hostileMessage, seeded } from "../../bench/dns/hostile-messages.mjs";
import { readByDig } from "../../bench/dns/read-by-dig.mjs";
import { createDns } from "../../src/dns/dns.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import type { Message } from "../../src/dns/wire/message.ts";
import { describeWith } from "../support/tools.ts";
import { clusterStore } from "./case-table.ts";
import { exchangeTcp, frame } from "./exchange.ts";

const run = promisify(execFile);

/** Messages in all; bench/dns/fuzz.mjs sends millions. */
const COUNT = Number(process.env["KUBELANE_FUZZ"] ?? 20_000);
const SEED = Number(process.env["KUBELANE_FUZZ_SEED"] ?? 1);

/** The limit of an answer over UDP: what the client says it takes, but never less than 512. */
function limitOf(request: Buffer): number {
  try {
    return Math.max(512, decodeMessage(request).edns?.udpSize ?? 0);
  } catch {
    return 65535;
  }
}

function checkReply(request: Buffer, reply: Uint8Array | undefined): void {
  const isResponse = request.length >= 3 && ((request[2] as number) & 0x80) !== 0;
  if (request.length < 12 || isResponse) {
    expect(reply, request.toString("hex")).toBeUndefined();
    return;
  }
  expect(reply, request.toString("hex")).toBeDefined();
  const bytes = Buffer.from(reply as Uint8Array);
  expect(bytes.subarray(0, 2)).toEqual(request.subarray(0, 2));
  expect(bytes.length).toBeLessThanOrEqual(limitOf(request));
  const message: Message = decodeMessage(bytes);
  expect(message.qr).toBe(true);
  dnsPacket.decode(bytes);
}

describe("hostile messages", () => {
  const dns = createDns({ store: clusterStore(), pods: "insecure", zonal: true });

  it(`get an answer that parses or none, ${COUNT} of them`, () => {
    const random = seeded(SEED);
    for (let i = 0; i < COUNT; i++) {
      const request = hostileMessage(random, encodeMessage);
      checkReply(request, dns.answer(request) as Uint8Array | undefined);
    }
  });

  it("leave the server answering over UDP", async () => {
    await using server = await dns.listen();
    const random = seeded(SEED + 1);
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    for (let i = 0; i < 2000; i++) {
      const message = hostileMessage(random, encodeMessage);
      // Never under the ID that is waited for below.
      if (message.length >= 2) message[0] = (message[0] as number) & 0x7f;
      socket.send(message, server.port, server.host);
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    const questions = [{ name: "web.default.svc.cluster.local.", type: "A", class: 1 }];
    const reply = new Promise<Buffer>((resolve) => {
      socket.on("message", (bytes) => {
        if (bytes.readUInt16BE(0) === 0xbeef) resolve(bytes);
      });
    });
    // Datagrams of the flood may have been lost; so may this one.
    const again = setInterval(
      () => socket.send(encodeMessage({ id: 0xbeef, questions }), server.port, server.host),
      20,
    );
    expect(decodeMessage(await reply).answers).toHaveLength(1);
    clearInterval(again);
    socket.close();
  });

  it("leave the server answering over TCP, frames of any length", async () => {
    await using server = await dns.listen();
    const random = seeded(SEED + 2);
    for (let round = 0; round < 20; round++) {
      const socket = connect(server.port, server.host);
      socket.on("error", () => {});
      socket.resume();
      await once(socket, "connect");
      const messages = Array.from({ length: 50 }, () =>
        frame(hostileMessage(random, encodeMessage)),
      );
      socket.end(Buffer.concat(messages).subarray(0, Math.floor(random() * 4000)));
      await new Promise((resolve) => socket.once("close", resolve));
    }
    const questions = [{ name: "web.default.svc.cluster.local.", type: "A", class: 1 }];
    const [reply] = await exchangeTcp([encodeMessage({ questions })], server);
    expect(decodeMessage(reply as Buffer).answers).toHaveLength(1);
  });

  it("in a crowd of 1,000 connections leave no socket behind", async () => {
    await using server = await dns.listen({ tcpLimits: { first: 200, connections: 300 } });
    const sockets = Array.from({ length: 1000 }, () => {
      const socket = connect(server.port, server.host);
      socket.on("error", () => {});
      socket.resume();
      return socket;
    });
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
    const questions = [{ name: "web.default.svc.cluster.local.", type: "A", class: 1 }];
    const [reply] = await exchangeTcp([encodeMessage({ questions })], server);
    expect(decodeMessage(reply as Buffer).answers).toHaveLength(1);
  });

  describeWith(["dig"], "are answered so that dig", () => {
    it("reads every one of a sample", async () => {
      const random = seeded(SEED + 3);
      const sample = [];
      while (sample.length < 40) {
        const request = hostileMessage(random, encodeMessage);
        const bytes = dns.answer(request) as Uint8Array | undefined;
        const message = bytes === undefined ? undefined : decodeMessage(bytes);
        const [question] = message?.questions ?? [];
        if (bytes === undefined || question === undefined) continue;
        const { name, type } = question;
        // dig asks for transfers over TCP, and shows only replies to queries of class IN.
        const canAsk = message?.opcode === 0 && question.class === 1 && !type.endsWith("XFR");
        if (canAsk && message.edns !== undefined) sample.push({ bytes, name, type });
      }
      expect(await readByDig(sample)).toEqual([]);
    });

    it("reads those to odd options", async () => {
      await using server = await dns.listen();
      for (const option of [
        "+ednsopt=3:00",
        "+ednsopt=10:00",
        "+ednsopt=65001:ff",
        "+edns=5",
        "+bufsize=0",
        "+dnssec",
      ]) {
        const at = ["@127.0.0.1", "-p", String(server.port), "+tries=1", "+noednsnegotiation"];
        const { stdout } = await run("dig", [...at, option, "wide.prod.svc.cluster.local"]);
        expect(stdout).toMatch(/status: (?:NOERROR|BADVERS)/);
        expect(stdout).not.toMatch(/malformed|extra bytes/i);
      }
    });
  });
});
