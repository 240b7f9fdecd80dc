// Servers under test, each a process of its own: node contenders.mjs NAME PORT DIST SERVICES CHANGES HEADLESS
// NAME: kubelane | limit (answers every query with its own bytes, the ID and QR patched) | dns-packet
import { createSocket } from "node:dgram";
import { pathToFileURL } from "node:url";
import { makeCluster, makeSlice } from "./cluster.mjs";
import { everySecond } from "./every-second.mjs";

const [name, port, dist, services, changes, headless] = process.argv.slice(2);
const { objects } = makeCluster(Number(services), headless === "true");
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);

const lookup = (address, _options, callback) => callback(null, address, 4);

async function listen(answer) {
  const socket = createSocket({ type: "udp4", lookup });
  socket.on("message", (message, from) => socket.send(answer(message), from.port, from.address));
  await new Promise((resolve) => socket.bind(Number(port), "127.0.0.1", resolve));
  socket.setRecvBufferSize(4 * 1024 * 1024);
}

if (name === "kubelane") {
  const { createDns } = await load("dns/index.js");
  const { Store } = await load("store/store.js");
  const store = new Store();
  store.apply(objects.map((object) => ({ op: "put", object })));
  const dns = createDns({ store, ttl: 5, pods: "insecure", existingNamespaces: "declared" });
  await dns.listen({ listen: `127.0.0.1:${port}` });
  changeEndpoints((slice) => store.apply([{ op: "put", object: slice }]));
} else if (name === "limit") {
  // The least any Node server does: a packet in, a packet out.
  await listen((message) => {
    message[2] |= 0x80;
    return message;
  });
} else {
  const { default: dnsPacket } = await import("dns-packet");
  const known = new Map();
  for (const { kind, metadata, spec, endpoints } of objects) {
    const service = metadata.labels?.["kubernetes.io/service-name"] ?? metadata.name;
    const domain = `${service}.${metadata.namespace}.svc.cluster.local`;
    if (kind === "Service") known.set(domain, spec.clusterIPs);
    else if (known.get(domain)?.[0] === "None") {
      known.set(
        domain,
        endpoints.flatMap(({ addresses }) => addresses),
      );
    }
  }
  await listen((message) => {
    const { id, questions } = dnsPacket.decode(message);
    const [question] = questions;
    const addresses = known.get(question.name.toLowerCase()) ?? [];
    const answers = addresses.map((data) => ({ name: question.name, type: "A", ttl: 5, data }));
    const flags = dnsPacket.AUTHORITATIVE_ANSWER | (answers.length === 0 ? 3 : 0);
    return dnsPacket.encode({ type: "response", id, flags, questions, answers });
  });
}

/** So many endpoint changes a second, spread evenly, each of another Service. */
function changeEndpoints(apply) {
  if (!Number(changes)) return;
  const count = Number(services);
  everySecond(Number(changes), (i) => apply(makeSlice(i % count, 1 + Math.floor(i / count))));
}

process.once("SIGINT", () => process.exit(0));
process.stdout.write("ready\n");
