// node-http-proxy 1.18 with a keep-alive agent, round robin over the given ports: the bare peer.
// `node peer-server.mjs PORT [xfwd] BACKEND...`; xfwd says who asked, as nginx and kubelane do.
import http from "node:http";
import httpProxy from "http-proxy";

const args = process.argv.slice(2);
const xfwd = args.includes("xfwd");
const [port, ...backends] = args.filter((arg) => arg !== "xfwd").map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const proxy = httpProxy.createProxyServer({ agent, xfwd });
proxy.on("error", (_error, _req, res) => res.end?.());
let next = 0;
http
  .createServer((req, res) => {
    proxy.web(req, res, { target: `http://127.0.0.1:${backends[next++ % backends.length]}` });
  })
  .listen(port, "127.0.0.1", () => process.stdout.write("listening\n"));
process.on("SIGTERM", () => process.exit(0));
