// Sends requests to all Services at a steady rate, and keeps tabs open when told: `load.mjs PORT PATH RATE SERVICES
// PER-NAMESPACE`. A process of its own, which tells how many requests are done when asked.
import { Agent, get, request } from "node:http";

const [, , port, path, rate, services, perNamespace] = process.argv;
const namespaceOf = (i) => `shop-${Math.floor(i / Number(perNamespace))}`;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const host = `localhost:${port}`;
let sent = 0;
let done = 0;
let bytes = 0;
let tabs = [];

const began = performance.now();
setInterval(() => {
  const due = ((performance.now() - began) / 1000) * Number(rate);
  // What a busy machine did not let it send is not made up for.
  if (due - sent > Number(rate) / 10) sent = due - Number(rate) / 10;
  for (; sent < due; sent++) {
    const i = Math.floor(Math.random() * Number(services));
    const call = request(
      { port, agent, headers: { host: `s${i}.${namespaceOf(i)}` } },
      (response) => response.resume().on("end", () => done++),
    );
    call.on("error", () => {}).end();
  }
}, 2);

const cookie = await new Promise((resolve) => {
  get({ port, path, headers: { host } }, (response) => {
    response.resume();
    resolve(response.headers["set-cookie"][0].split(";")[0]);
  });
});

const ids = Array.from({ length: Number(services) }, (_, i) => `${namespaceOf(i)}/s${i}`);
/** The map: its first tiles, or the lines of the namespaces on the screen. */
const map =
  Number(perNamespace) > 30
    ? { totals: ids.slice(0, 240), lines: [] }
    : { totals: [], lines: ids.slice(0, 10 * Number(perNamespace)) };
/** What three tabs show: the map, the page of a Service, the requests. */
const WANTED = [
  { traffic: map },
  { requests: true, traffic: { totals: [ids[0]], lines: [ids[0]] } },
  { requests: true },
];

function openTab(wanted) {
  const tab = get({ port, path: "/-/stream", headers: { host, cookie } }, (response) => {
    let text = "";
    response.on("error", () => {});
    response.setEncoding("utf8").on("data", (chunk) => {
      bytes += chunk.length;
      if (text === undefined) return;
      text += chunk;
      const [, stream] = /"stream":"([^"]+)"/.exec(text) ?? [];
      if (stream === undefined) return;
      text = undefined;
      const body = JSON.stringify({ stream, wanted });
      const origin = `http://${host}`;
      const headers = { host, cookie, origin, "content-length": Buffer.byteLength(body) };
      request({ port, path: "/-/follow", method: "POST", headers }, (answer) =>
        answer.resume(),
      ).end(body);
    });
  });
  return tab.on("error", () => {});
}

process.on("message", ({ tabs: count }) => {
  if (count === undefined) {
    process.send({ done, bytes });
    return;
  }
  for (const tab of tabs) tab.destroy();
  tabs = WANTED.slice(0, count).map(openTab);
});
process.send("ready");
