// Wall time of `kubelane shell -- true` beside a running up: node bench/shell/start-up.mjs [TIMES [SERVICES]]
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { MAIN, startUp } from "./running-up.mjs";

const times = Number(process.argv[2] ?? 21);
const services = Number(process.argv[3] ?? 0);

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const up = await startUp();

function kubelane(...args) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: up.folder,
    env: up.env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`kubelane ${args.join(" ")}: ${stderr}`);
  return { milliseconds: performance.now() - began, stdout };
}

try {
  if (services > 0) {
    const more = Array.from(
      { length: services },
      (_, i) => `---
apiVersion: v1
kind: Service
metadata: { name: web-${i}, namespace: default }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`,
    );
    appendFileSync(join(up.folder, "web.yaml"), more.join(""));
    const known = () => kubelane("get", "services", "-o", "name").stdout.split("\n").length;
    while (known() < services) await setTimeout(500);
  }
  const last = services > 0 ? `http://web-${services - 1}/` : "http://web/";
  if (!kubelane("shell", "--", "curl", "-sS", last).stdout.includes("hello")) {
    throw new Error(`no answer from ${last}`);
  }
  for (const args of [["version"], ["shell", "--", "true"]]) {
    const taken = Array.from({ length: times }, () => kubelane(...args).milliseconds);
    console.log(
      `kubelane ${args.join(" ")}: median ${median(taken).toFixed(0)} ms, ` +
        `${Math.min(...taken).toFixed(0)} to ${Math.max(...taken).toFixed(0)} ms, ${times} times`,
    );
  }
} finally {
  await up.close();
}
