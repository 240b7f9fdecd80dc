// Requests a second of create, get and list, and a list of all pods in pages: beside a real kube-apiserver, in one run.
//
// node bench/api/beside.mjs [--dist DIR] [--pods N] [--clients N] [--real KUBECONFIG --real-pid PID]
//
// Each answer is checked. Without --real only kubelane is measured. Pods of both name no scheduler, so that nobody but
// the client works; those of the real server are deleted at the end.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { parse } from "yaml";

const { values } = parseArgs({
  options: {
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    pods: { type: "string", default: "100000" },
    clients: { type: "string", default: "16" },
    real: { type: "string" },
    "real-pid": { type: "string" },
    serve: { type: "boolean", default: false },
  },
});
const [pods, clients] = [values.pods, values.clients].map(Number);
const NAMESPACE = "bench-beside";
const PATH = `/api/v1/namespaces/${NAMESPACE}/pods`;
const GETS = 5000;
const LISTS = 50;
const PAGE = 500;

class Client {
  constructor({ url, token, ca }) {
    this.url = url;
    this.options = { ca, agent: new Agent({ keepAlive: true, maxSockets: clients }) };
    this.headers = { authorization: `Bearer ${token}` };
  }

  call(method, path, body) {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = payload
      ? {
          ...this.headers,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(payload),
        }
      : this.headers;
    return new Promise((done, fail) => {
      const sent = request(this.url + path, { ...this.options, method, headers }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode >= 300)
            fail(new Error(`${method} ${path}: ${text.slice(0, 300)}`));
          else done(JSON.parse(text));
        });
      });
      sent.on("error", fail);
      sent.end(payload);
    });
  }

  close() {
    this.options.agent.destroy();
  }
}

if (values.serve) await serve();
else await compare();

/** The other process: kubelane's server. */
async function serve() {
  const { createEngine } = await import(`${values.dist}/index.js`);
  const { api } = await createEngine().listen({ api: { listen: "127.0.0.1:0" } });
  console.log(JSON.stringify(api));
}

async function compare() {
  const child = spawn(
    process.execPath,
    [import.meta.filename, ...process.argv.slice(2), "--serve"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [line] = await createInterface({ input: child.stdout })
    [Symbol.asyncIterator]()
    .next()
    .then(({ value }) => [value]);
  const { host, port, token, ca } = JSON.parse(line);
  const ours = await measure({ url: `https://${host}:${port}`, token, ca }, child.pid);
  child.kill();
  if (values.real === undefined) {
    for (const [what, figure] of Object.entries(ours)) console.log(`${what}: ${show(figure)}`);
    return;
  }
  const real = await measure(accessOf(values.real), values["real-pid"]);
  console.log(`${pods} pods, ${clients} clients at once: kubelane, kube-apiserver, ratio`);
  for (const [what, figure] of Object.entries(ours)) {
    console.log(
      `${what}: ${show(figure)}, ${show(real[what])}, ${(figure / real[what]).toFixed(2)}`,
    );
  }
}

async function measure(access, pid) {
  const client = new Client(access);
  const figures = {};
  await client.call("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  const rate = async (what, count, call) => {
    const [began, cpu] = [performance.now(), cpuOf(pid)];
    await together(count, call);
    figures[`${what}, requests a second`] = count / ((performance.now() - began) / 1000);
    figures[`${what}, CPU time of the server, µs`] = (cpuOf(pid) - cpu) / count;
  };
  await rate("create", pods, async (n) => {
    const { metadata } = await client.call("POST", PATH, podOf(n));
    if (metadata.name !== nameOf(n)) throw new Error(`created ${metadata.name}`);
  });
  await rate("get", GETS, async (n) => {
    const name = nameOf((n * 7919) % pods);
    const { metadata } = await client.call("GET", `${PATH}/${name}`);
    if (metadata.name !== name) throw new Error(`got ${metadata.name}`);
  });
  const page = Math.min(PAGE, pods);
  await rate(`list of ${page}`, LISTS, async () => {
    const { items } = await client.call("GET", `${PATH}?limit=${page}`);
    if (items.length !== page) throw new Error(`listed ${items.length}`);
  });
  const before = memoryOf(pid);
  const [began, cpu] = [performance.now(), cpuOf(pid)];
  let [seen, last, token, most] = [0, "", "", before];
  do {
    const list = await client.call(
      "GET",
      `${PATH}?limit=${PAGE}&continue=${encodeURIComponent(token)}`,
    );
    for (const { metadata } of list.items) {
      if (metadata.name <= last) throw new Error(`${metadata.name} after ${last}`);
      last = metadata.name;
    }
    seen += list.items.length;
    token = list.metadata.continue ?? "";
    most = Math.max(most, memoryOf(pid));
  } while (token !== "");
  if (seen !== pods) throw new Error(`pages have ${seen} of ${pods} pods`);
  figures["all in pages of 500, ms"] = performance.now() - began;
  figures["all in pages of 500, CPU time of the server, ms"] = (cpuOf(pid) - cpu) / 1000;
  figures["memory before the pages, MB"] = before;
  figures["memory at most in the pages, MB"] = most;
  await client.call("DELETE", `/api/v1/namespaces/${NAMESPACE}`);
  client.close();
  return figures;
}

async function together(count, call) {
  let next = 0;
  const one = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: clients }, one));
}

function nameOf(n) {
  return `pod-${String(n).padStart(6, "0")}`;
}

function podOf(n) {
  return {
    metadata: { name: nameOf(n), labels: { app: `app-${n % 100}` } },
    spec: {
      schedulerName: "none",
      containers: [{ name: "web", image: "web:1", ports: [{ containerPort: 8080 }] }],
    },
  };
}

function accessOf(file) {
  const { clusters, users } = parse(readFileSync(file, "utf8"));
  const { cluster } = clusters[0];
  const data = cluster["certificate-authority-data"];
  const ca = data ? Buffer.from(data, "base64") : readFileSync(cluster["certificate-authority"]);
  return { url: cluster.server, token: users[0].user.token, ca };
}

/** Of all its threads so far, in µs; without what etcd does for a real server. */
function cpuOf(pid) {
  if (pid === undefined) return 0;
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8")
    .split(") ")[1]
    .split(" ")
    .slice(11);
  return (Number(user) + Number(system)) * 10_000;
}

/** In MB; 0 where nobody said which process it is. */
function memoryOf(pid) {
  if (pid === undefined) return 0;
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kilobytes) / 1024;
}

function show(figure) {
  return figure >= 100 ? String(Math.round(figure)) : figure.toFixed(1);
}
