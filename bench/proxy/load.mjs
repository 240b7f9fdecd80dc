// Load for one round, from core 0: requests served, their rate, and percentiles of the time to the end of an
// answer in milliseconds, where the tool tells them.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCALE = { us: 0.001, ms: 1, s: 1000 };

function onCore0(command, args) {
  return execFileSync("taskset", ["-c", "0", command, ...args], { encoding: "utf8" });
}

/** HTTP/1.1. */
export function wrk(seconds, port, path, extra = [], connections = 64) {
  const host = ["-H", "Host: web.shop"];
  const url = `http://127.0.0.1:${port}${path}`;
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...host, ...extra, url];
  const out = onCore0("wrk", args);
  const p99 = /99%\s+([\d.]+)(us|ms|s)/.exec(out);
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]),
    count: Number(/(\d+) requests in/.exec(out)[1]),
    failed: /Non-2xx|Socket errors/.test(out),
    p99: Number(p99[1]) * SCALE[p99[2]],
  };
}

/** What a browser sends besides: twelve fields with Host. */
export const FIELDS = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
  "Accept: application/json, text/plain, */*",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
  "Cache-Control: no-cache",
  "Cookie: session=0123456789abcdef; theme=dark",
  "Origin: http://shop.example",
  "Referer: http://shop.example/articles?page=1",
  "Sec-Fetch-Mode: cors",
  "Sec-Fetch-Site: same-origin",
  "X-Request-Id: 7f9c1c1e-2c56-4f7e-9b5d-3a8c8b1f2d10",
].flatMap((field) => ["-H", field]);

/** HTTP/2, or HTTP/1.1 at a fixed rate. */
export function h2load(seconds, port, path, { authority = "web.shop", args = [] } = {}) {
  const log = join(tmpdir(), `kubelane-h2load-${process.pid}.tsv`);
  const host = ["--header", `:authority: ${authority}`];
  const url = `http://127.0.0.1:${port}${path}`;
  const out = onCore0("h2load", [`-D${seconds}`, `--log-file=${log}`, ...host, ...args, url]);
  const times = readFileSync(log, "latin1").split("\n").slice(0, -1);
  rmSync(log);
  const sorted = Float64Array.from(times, (line) => Number(line.split("\t")[2]) / 1000).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const [, count, ok] = /requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded/.exec(out);
  const rate = Number(/finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(out)[1]);
  const percentiles = { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
  return { rate, count: Number(count), failed: count !== ok, ...percentiles };
}

/** Datagrams of 64 bytes or WebSocket messages of 100, 64 of them on their way at once. */
export function inFlight(binary, seconds, port) {
  const [count, lost, p99] = JSON.parse(onCore0(binary, ["load", `127.0.0.1:${port}`, seconds]));
  return { rate: count / Number(seconds), count, failed: lost > 0, p99 };
}
