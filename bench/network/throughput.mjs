// Pod to Service to pod: node bench/network/throughput.mjs [ROUNDS [SECONDS]]
// The kernel, a relay and the pod's own address take turns within each round. All of it shares both cores: that is what
// a developer's machine does, and what a relay costs.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ANSWER, BIG, MAIN, MANIFESTS, nginxConfig } from "../shell/running-up.mjs";

const rounds = Number(process.argv[2] ?? 7);
const seconds = Number(process.argv[3] ?? 2);
const SERVICE = "http://10.96.7.7";

const CASES = [
  { name: "13 bytes, keep-alive", path: "/", headers: [] },
  { name: "64 KB, keep-alive", path: "/big", headers: [] },
  { name: "13 bytes, a connection each", path: "/", headers: ["-H", "Connection: close"] },
];

for (const tool of ["wrk", "nginx", "curl", "nft", "ip", "unshare"]) {
  if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) {
    console.log(`skipped: needs ${tool}`);
    process.exit();
  }
}

async function startUp(dataPlane) {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-bench-"));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "web.yaml"), MANIFESTS);
  writeFileSync(join(folder, "big"), "x".repeat(BIG));
  writeFileSync(join(folder, "nginx.conf"), nginxConfig(folder, ["8080"]));
  writeFileSync(
    join(folder, "kubelane.yaml"),
    `manifests: [web.yaml]\nrun: { deploy/web: [nginx, -c, ${folder}/nginx.conf] }\ndataPlane: ${dataPlane}\n`,
  );
  const env = { ...process.env, KUBELANE_RUNTIME_DIR: join(folder, "run") };
  const free = ["--dns", "off", "--gateway", "off", "--no-relays", "--api", "off", "--offline"];
  const up = spawn(process.execPath, [MAIN, "up", "--network", "pods", ...free], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  for await (const text of up.stderr.iterator({ destroyOnReturn: false })) {
    if (`${text}`.includes("ready after")) break;
  }
  up.stderr.resume();
  /** In a network namespace beside the pods. */
  const inside = (words) => {
    const all = [MAIN, "shell", "--", ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
    return stdout;
  };
  const pods = spawnSync(process.execPath, [MAIN, "get", "pods", "-o", "wide"], {
    cwd: folder,
    env,
    encoding: "utf8",
  }).stdout;
  const [address] = /10\.244\.\d+\.\d+/.exec(pods);
  return {
    inside,
    pod: `http://${address}:8080`,
    async close() {
      up.kill("SIGTERM");
      if (up.exitCode === null && up.signalCode === null) await once(up, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const kernel = await startUp("nft");
const relay = await startUp("relay");
const sides = [
  { name: "direct", ...kernel, url: kernel.pod },
  { name: "nft", ...kernel, url: SERVICE },
  { name: "relay", ...relay, url: SERVICE },
];
try {
  for (const { inside, url } of sides) {
    if (inside(["curl", "-sS", url]) !== ANSWER) throw new Error(`wrong answer from ${url}`);
    if (inside(["curl", "-sS", `${url}/big`]).length !== BIG) throw new Error(`${url}/big`);
  }
  for (const { name, path, headers } of CASES) {
    const rates = { direct: [], nft: [], relay: [] };
    for (let round = 0; round < rounds; round++) {
      // Whoever comes first in one round comes last in the next.
      for (const { name: side, inside, url } of round % 2 === 0 ? sides : [...sides].reverse()) {
        const out = inside(["wrk", "-t1", "-c64", `-d${seconds}`, ...headers, `${url}${path}`]);
        rates[side].push(Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]));
      }
    }
    const parts = Object.entries(rates).map(([side, own]) => {
      const ratios = own.map((rate, i) => rate / rates.direct[i]);
      const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
      return `${side} ${median(own).toFixed(0)}/s${side === "direct" ? "" : ` (${median(ratios).toFixed(2)} of direct, ${range})`}`;
    });
    console.log(`${name}: ${parts.join(", ")}`);
  }
} finally {
  await kernel.close();
  await relay.close();
}
