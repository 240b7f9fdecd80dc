// Millions of hostile messages: to the pure function, to a real server over UDP and TCP; then 10,000
// connections, many of them half-open or slow.
//
// node bench/dns/fuzz.mjs [--dist DIR] [--count N] [--seed N] [--connections N]
//
// The server is a process of its own, so that its memory can be seen. Every answer is decoded with
// dns-packet and checked against the limit of its request, a sample of them is shown to dig; fails with
// exit code 1 on the first that is wrong.
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
import { readByDig } from "./read-by-dig.mjs";

const { values } = parseArgs({
  options: {
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    count: { type: "string", default: "2000000" },
    seed: { type: "string", default: "1" },
    connections: { type: "string", default: "10000" },
  },
});
/** dig asks for these over TCP whatever it is told. */
const TRANSFERS = new Set(["AXFR", "IXFR"]);
/** Parts of the flood over UDP, between which the server's memory is looked at. */
const PARTS = 10;
const load = (path) => import(pathToFileURL(`${values.dist}/${path}`).href);
const { createDns, decodeMessage, encodeMessage } = await load("dns/index.js");

if (process.send !== undefined) {
  const { Store } = await load("store/store.js");
  const store = new Store();
  store.apply(makeCluster(500).objects.map((object) => ({ op: "put", object })));
  const dns = createDns({ store, pods: "insecure", zonal: true });
  const errors = [];
  const server = await dns.listen({ onError: (error) => errors.push(String(error)) });
  process.on("message", () => {
    global.gc();
    const { rss, heapUsed } = process.memoryUsage();
    process.send({ errors, rss, heapUsed });
  });
  process.once("disconnect", () => process.exit());
  process.send({ port: server.port });
} else {
  await run();
}

async function run() {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
    execArgv: ["--expose-gc"],
  });
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
  const start = performance.now();
  const pure = await floodFunction(count, seeded(Number(values.seed) + 1));
  console.log(
    `function: ${pure.asked} asked, ${pure.answered} answered; largest ${pure.largest} bytes`,
  );
  console.log(`dig reads all of a sample of ${pure.shown}`);

  const memory = [await state()];
  const udp = { sent: 0, answered: 0, largest: 0 };
  for (let part = 0; part < PARTS; part++) {
    await floodUdp(port, Math.floor((count * 0.9) / PARTS), random, udp);
    memory.push(await state());
  }
  const tcp = await floodTcp(port, Math.floor(count * 0.1), random);
  memory.push(await state());
  const crowd = await openMany(port, Number(values.connections));
  const after = await state();
  memory.push(after);
  const questions = [{ name: "svc-1.prod.svc.cluster.local.", type: "A", class: 1 }];
  const last = await askUdp(port, encodeMessage({ id: 77, questions }));
  assert.equal(decodeMessage(last).answers.length, 1, "still answers");
  const mb = (bytes) => (bytes / 1024 / 1024).toFixed(0);
  console.log(
    `UDP: ${udp.sent} sent, ${udp.answered} answered; largest answer ${udp.largest} bytes`,
  );
  console.log(`TCP: ${tcp.sent} sent, ${tcp.answered} answered`);
  console.log(`connections: ${crowd.tried} tried, ${crowd.closed} closed by the server or refused`);
  console.log(
    `server memory in MB, before, after each tenth over UDP, after TCP, after the connections: ` +
      memory.map(({ rss, heapUsed }) => `${mb(rss)} (heap ${mb(heapUsed)})`).join(", "),
  );
  console.log(
    `errors told by the server: ${after.errors.length} ${after.errors.slice(0, 3).join("; ")}`,
  );
  console.log(`seconds: ${((performance.now() - start) / 1000).toFixed(0)}, seed ${values.seed}`);
  // What the first half of the flood left is all that is ever left.
  const [half, end] = [memory[PARTS / 2].rss, memory[PARTS].rss];
  assert.ok(end < half * 1.25 + 16 * 1024 * 1024, "memory levels out");
  child.removeAllListeners("exit");
  child.kill();
  process.exit(0);
}

/** The pure function, in this process. */
async function floodFunction(count, random) {
  const { Store } = await load("store/store.js");
  const store = new Store();
  store.apply(makeCluster(500).objects.map((object) => ({ op: "put", object })));
  const dns = createDns({ store, pods: "insecure", zonal: true });
  const result = { asked: 0, answered: 0, largest: 0, shown: 0 };
  const sample = [];
  while (result.asked < count) {
    const request = hostileMessage(random, encodeMessage);
    const transport = result.asked % 8 === 0 ? "tcp" : "udp";
    const reply = dns.answer(request, { transport });
    result.asked++;
    if (mustBeSilent(request)) {
      assert.equal(reply, undefined, `an answer to ${request.toString("hex")}`);
      continue;
    }
    const bytes = Buffer.from(reply);
    checkReply(request, bytes, transport === "tcp" ? 65535 : limitOf(request));
    result.answered++;
    result.largest = Math.max(result.largest, bytes.length);
    const { questions } = decodeMessage(bytes);
    if (result.asked % Math.ceil(count / 400) === 0 && questions.length === 1) {
      const [{ name, type, class: rrClass }] = questions;
      const canAsk = rrClass === 1 && !TRANSFERS.has(type) && decodeMessage(bytes).opcode === 0;
      if (canAsk) sample.push({ bytes, name, type });
    }
  }
  assert.deepEqual(await readByDig(sample), []);
  result.shown = sample.length;
  return result;
}

function checkReply(request, reply, limit) {
  assert.ok(reply.length <= limit, `too long: ${request.toString("hex")}`);
  try {
    decodeMessage(reply);
    dnsPacket.decode(reply);
  } catch (error) {
    throw new Error(`unreadable answer to ${request.toString("hex")}: ${reply.toString("hex")}`, {
      cause: error,
    });
  }
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

async function floodUdp(port, count, random, result) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.setRecvBufferSize(8 * 1024 * 1024);
  const goal = result.sent + count;
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
    checkReply(request, reply, limitOf(request));
    result.answered++;
    result.largest = Math.max(result.largest, reply.length);
  });
  while (result.sent < goal) {
    // IDs of a batch differ, and old ones are not used again at once.
    const batch = Math.min(200, goal - result.sent);
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

/** Connections that send nothing, half a frame, half a large frame, or a byte now and then; 500 at a time. */
async function openMany(port, count) {
  const result = { tried: 0, closed: 0 };
  while (result.tried < count) {
    const sockets = Array.from({ length: Math.min(500, count - result.tried) }, (_, i) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      socket.on("connect", () => {
        if (i % 4 === 1) socket.write(Buffer.from([0, 40, 1]));
        if (i % 4 === 2)
          socket.write(Buffer.concat([Buffer.from([255, 255]), Buffer.alloc(30_000)]));
        if (i % 4 === 3) {
          socket.write(Buffer.from([1, 0]));
          const timer = setInterval(() => socket.write("\0"), 200);
          socket.once("close", () => clearInterval(timer));
        }
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
