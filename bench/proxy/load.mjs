// Load for one round, from core 0: requests served, their rate, the 99th percentile where the tool tells it.
import { execFileSync } from "node:child_process";

const SCALE = { us: 0.001, ms: 1, s: 1000 };

function onCore0(command, args) {
  return execFileSync("taskset", ["-c", "0", command, ...args], { encoding: "utf8" });
}

/** HTTP/1.1 over 64 connections. */
export function wrk(seconds, port, path, extra = []) {
  const host = ["-H", "Host: web.shop"];
  const url = `http://127.0.0.1:${port}${path}`;
  const out = onCore0("wrk", ["-t1", "-c64", `-d${seconds}s`, "--latency", ...host, ...extra, url]);
  const p99 = /99%\s+([\d.]+)(us|ms|s)/.exec(out);
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]),
    count: Number(/(\d+) requests in/.exec(out)[1]),
    failed: /Non-2xx|Socket errors/.test(out),
    p99: Number(p99[1]) * SCALE[p99[2]],
  };
}

/** HTTP/2 over 16 connections with 8 streams each. */
export function h2load(seconds, port, path) {
  const host = ["--header", ":authority: web.shop"];
  const url = `http://127.0.0.1:${port}${path}`;
  const out = onCore0("h2load", ["-c16", "-m8", `-D${seconds}`, ...host, url]);
  const [, count, ok] = /requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded/.exec(out);
  const rate = Number(/finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(out)[1]);
  return { rate, count: Number(count), failed: count !== ok };
}

/** Datagrams of 64 bytes, 64 of them on their way at once. */
export function udp(binary, seconds, port) {
  const [count, lost, p99] = JSON.parse(onCore0(binary, ["load", `127.0.0.1:${port}`, seconds]));
  return { rate: count / Number(seconds), count, failed: lost > 0, p99 };
}
