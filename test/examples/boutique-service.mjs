// A stand-in for a service of Online Boutique: answers with its name and what the services it knows answer,
// and gRPC health checks on the same port, as the originals do.
import { createServer as createHttpServer, get } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";

const [name, ...asks] = process.argv.slice(2);
const { HTTP_PROXY } = process.env;

/** By name: in a network of its own directly, else through the gateway. */
function askByName(address) {
  if (HTTP_PROXY === undefined) {
    const { hostname, port } = new URL(`http://${address}/`);
    return fetchText({ host: hostname, port });
  }
  const proxy = new URL(HTTP_PROXY);
  return fetchText({
    host: proxy.hostname,
    port: proxy.port,
    path: `http://${address}/`,
    headers: { host: address },
  });
}

/** Without a name: at the address from the `<SVC>_SERVICE_HOST` and `_PORT` variables. */
function askByVariable(prefix) {
  return fetchText({
    host: process.env[`${prefix}_SERVICE_HOST`],
    port: process.env[`${prefix}_SERVICE_PORT`],
  });
}

function fetchText(options) {
  return new Promise((resolve, reject) => {
    get(options, (response) => text(response).then(resolve, reject)).on("error", reject);
  });
}

const web = createHttpServer(async (request, response) => {
  if (request.url === "/_healthz") return response.end("ok");
  try {
    const answers = asks.map((ask) =>
      ask.startsWith("env:") ? askByVariable(ask.slice(4)) : askByName(process.env[ask]),
    );
    const answered = await Promise.all(answers);
    response.end(answered.length === 0 ? name : `${name}(${answered.join(" ")})`);
  } catch (error) {
    response.writeHead(502).end(`${name}: ${error.message}`);
  }
});

const grpc = createHttp2Server();
grpc.on("stream", (stream) => {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
});

createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (chunk) => {
    socket.pause();
    socket.unshift(chunk);
    const server = chunk.toString("latin1").startsWith("PRI * HTTP/2") ? grpc : web;
    server.emit("connection", socket);
    process.nextTick(() => socket.resume());
  });
}).listen(Number(process.env.PORT));
