// Millions of hostile messages to a real server over UDP and TCP, then 10,000 connections.
//
// node bench/dns/fuzz.mjs [--dist DIR] [--count N] [--seed N] [--connections N]
//
// The server is a process of its own, so that its memory can be seen. Every answer is decoded with
// dns-packet and checked against the limit of its request; fails with exit code 1 on the first that is wrong.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import dnsPacket from "dns-packet";
import { makeCluster } from "./cluster.mjs";
import { hostileMessage, seeded } from "./hostile-messages.mjs";

const { values } = parseArgs({
  options: {
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    count: { type: "string", default: "2000000" },
    seed: { type: "string", default: "1" },
    connections: { type: "string", default: "10000" },
  },
});
const load = (path) => import(pathToFileURL(`${values.dist}/${path}`).href);
const { createDns, decodeMessage, encodeMessage } = await load("dns/index.js");

if (process.send !== undefined) {
  const { Store } = await load("store/store.js");
  const store = new Store();
  store.apply(makeCluster(500).objects.map((object) => ({ op: "put", object })));
  const dns = createDns({ store, pods: "insecure", zonal: true });
  const errors = [];
  const server = await dns.listen({ onError: (error) => errors.push(String(error)) });
  process.on("message", () => process.send({ errors, rss: process.memoryUsage().rss }));
  process.send({ port: server.port });
} else {
  await run();
}

async function run() {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2));
  child.on("exit", (code) => {
    console.error(`the server ended with ${code}`);
    process.exit(1);
  });
  const [{ port }] = await once(child, "message");
  const state = async () => {
    child.send({});
    const [answer] = await once(child, "message");
    return answer;
  };
  const count = Number(values.count);
  const random = seeded(Number(values.seed));
  const before = await state();
  const start = performance.now();
  const udp = await floodUdp(port, Math.floor(count * 0.9), random);
  const middle = await state();
  const tcp = await floodTcp(port, Math.floor(count * 0.1), random);
  const crowd = await openMany(port, Number(values.connections));
  const after = await state();
  const questions = [{ name: "svc-1.prod.svc.cluster.local.", type: "A", class: 1 }];
  const last = await askUdp(port, encodeMessage({ id: 77, questions }));
  assert.equal(decodeMessage(last).answers.length, 1, "still answers");
  const mb = (bytes) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
  console.log(
    `UDP: ${udp.sent} sent, ${udp.answered} answered; largest answer ${udp.largest} bytes`,
  );
  console.log(`TCP: ${tcp.sent} sent, ${tcp.answered} answered`);
  console.log(`connections: ${crowd.tried} tried, ${crowd.closed} closed by the server or refused`);
  console.log(
    `server memory: ${mb(before.rss)} before, ${mb(middle.rss)} after UDP, ${mb(after.rss)} at the end`,
  );
  console.log(
    `errors told by the server: ${after.errors.length} ${after.errors.slice(0, 3).join("; ")}`,
  );
  console.log(`seconds: ${((performance.now() - start) / 1000).toFixed(0)}, seed ${values.seed}`);
  child.removeAllListeners("exit");
  child.kill();
  process.exit(0);
}

/** The largest answer a request may have over UDP. */
function limitOf(request) {
  try {
    return Math.max(512, decodeMessage(request).edns?.udpSize ?? 0);
  } catch {
    return 65535;
  }
}

function mustBeSilent(request) {
  return request.length < 12 || (request[2] & 0x80) !== 0;
}

async function floodUdp(port, count, random) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.setRecvBufferSize(8 * 1024 * 1024);
  const result = { sent: 0, answered: 0, largest: 0 };
  /** What is under way, by ID. */
  const pending = new Map();
  socket.on("message", (reply) => {
    const request = pending.get(reply.readUInt16BE(0));
    assert.ok(
      request !== undefined,
      `an answer to nothing that was sent: ${reply.toString("hex")}`,
    );
    assert.ok(
      !mustBeSilent(request),
      `an answer to what must have none: ${request.toString("hex")}`,
    );
    assert.ok(reply.length <= limitOf(request), `too long: ${request.toString("hex")}`);
    try {
      decodeMessage(reply);
      dnsPacket.decode(reply);
    } catch (error) {
      throw new Error(`unreadable answer to ${request.toString("hex")}: ${reply.toString("hex")}`, {
        cause: error,
      });
    }
    result.answered++;
    result.largest = Math.max(result.largest, reply.length);
  });
  while (result.sent < count) {
    // IDs of a batch differ, and old ones are not used again at once.
    const batch = Math.min(200, count - result.sent);
    let expected = result.answered;
    for (let i = 0; i < batch; i++) {
      const message = hostileMessage(random, encodeMessage);
      const id = (result.sent + i) & 0xffff;
      if (message.length >= 2) message.writeUInt16BE(id, 0);
      pending.set(id, message);
      if (!mustBeSilent(message)) expected++;
      socket.send(message, port, "127.0.0.1");
    }
    result.sent += batch;
    const deadline = performance.now() + 30_000;
    while (result.answered < expected && performance.now() < deadline) {
      await new Promise(setImmediate);
    }
    assert.equal(result.answered, expected, "every request that may be answered is");
  }
  socket.close();
  return result;
}

async function floodTcp(port, count, random) {
  const result = { sent: 0, answered: 0 };
  while (result.sent < count) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const reply = bytes.subarray(2, 2 + bytes.readUInt16BE(0));
        decodeMessage(reply);
        dnsPacket.decode(reply);
        result.answered++;
        bytes = bytes.subarray(2 + reply.length);
      }
    });
    const frames = [];
    for (let i = 0; i < 500; i++) {
      const message = hostileMessage(random, encodeMessage);
      frames.push(Buffer.from([message.length >> 8, message.length & 255]), message);
      result.sent++;
    }
    const all = Buffer.concat(frames);
    // Some connections end in the middle of a frame.
    socket.end(random() < 0.2 ? all.subarray(0, Math.floor(random() * all.length)) : all);
    await new Promise((done) => socket.once("close", done));
    assert.equal(bytes.length, 0, "no answer was cut off");
  }
  return result;
}

/** Connections that send nothing, half a frame, or a large frame slowly; 500 at a time. */
async function openMany(port, count) {
  const result = { tried: 0, closed: 0 };
  while (result.tried < count) {
    const sockets = Array.from({ length: Math.min(500, count - result.tried) }, (_, i) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      socket.on("connect", () => {
        if (i % 3 === 1) socket.write(Buffer.from([0, 40, 1]));
        if (i % 3 === 2)
          socket.write(Buffer.concat([Buffer.from([255, 255]), Buffer.alloc(30_000)]));
      });
      return socket;
    });
    result.tried += sockets.length;
    // Held for a while in overlapping crowds; the server must end them by itself.
    const ends = sockets.map((socket) => new Promise((done) => socket.once("close", done)));
    if (result.tried < count) await new Promise((done) => setTimeout(done, 150));
    else await Promise.all(ends);
    for (const end of ends) end.then(() => result.closed++);
  }
  await new Promise((done) => setTimeout(done, 3500));
  return result;
}

function askUdp(port, message) {
  return new Promise((done) => {
    const socket = createSocket("udp4");
    socket.on("message", (reply) => {
      socket.close();
      done(reply);
    });
    socket.send(message, port, "127.0.0.1");
  });
}
