// What Node itself can do: the barest code that serves the row at all, without routing, time-outs, limits,
// tables, events or any regard for what may go wrong. `node limit-server.mjs tcp|http1|http2|udp PORT BACKEND...`
import dgram from "node:dgram";
import http2 from "node:http2";
import net from "node:net";

const [what, port, ...backends] = process.argv.slice(2).map((a, i) => (i === 0 ? a : Number(a)));
let next = 0;
const backend = () => backends[next++ % backends.length];

function oneWay(from, to) {
  from.on("data", (chunk) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("end", () => to.end());
  from.on("error", () => to.destroy());
}

function tcp() {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = net.connect({
      port: backend(),
      host: "127.0.0.1",
      allowHalfOpen: true,
      noDelay: true,
    });
    oneWay(client, upstream);
    oneWay(upstream, client);
  });
  server.listen({ port, host: "127.0.0.1", backlog: 4096 });
}

/** Requests and answers of one read each, passed on as they are over pooled connections. */
function http1() {
  const idle = [];
  const connect = () => {
    const socket = net.connect({ port: backend(), host: "127.0.0.1", noDelay: true });
    const connection = { socket, client: undefined };
    socket.on("data", (chunk) => {
      connection.client.write(chunk);
      idle.push(connection);
    });
    return connection;
  };
  const server = net.createServer({ noDelay: true }, (client) => {
    client.on("error", () => {});
    client.on("data", (chunk) => {
      const connection = idle.pop() ?? connect();
      connection.client = client;
      connection.socket.write(chunk);
    });
  });
  server.listen({ port, host: "127.0.0.1", backlog: 4096 });
}

/** Streams of the core API, pooled connections, an answer of one read with Content-Length. */
function toHttp1() {
  const idle = [];
  const take = () => {
    const free = idle.pop();
    if (free !== undefined) return free;
    const socket = net.connect({ port: backend(), host: "127.0.0.1", noDelay: true });
    const connection = { socket, stream: undefined };
    socket.on("data", (chunk) => {
      const end = chunk.indexOf("\r\n\r\n");
      const [status, ...lines] = chunk.latin1Slice(0, end).split("\r\n");
      const headers = { ":status": Number(status.slice(9, 12)) };
      for (const line of lines) {
        const colon = line.indexOf(":");
        const name = line.slice(0, colon).toLowerCase();
        if (name !== "connection") headers[name] = line.slice(colon + 2);
      }
      // Where the load ended in between there is nobody to answer.
      if (!connection.stream.destroyed) {
        connection.stream.respond(headers);
        connection.stream.end(chunk.subarray(end + 4));
      }
      idle.push(connection);
    });
    return connection;
  };
  const server = http2.createServer();
  server.on("stream", (stream, headers) => {
    const connection = take();
    connection.stream = stream;
    connection.socket.write(
      `${headers[":method"]} ${headers[":path"]} HTTP/1.1\r\nHost: ${headers[":authority"]}\r\n\r\n`,
      "latin1",
    );
  });
  server.listen({ port, host: "127.0.0.1", backlog: 4096 });
}

function udp() {
  const lookup = (name, _options, callback) => callback(null, name, 4);
  const server = dgram.createSocket({ type: "udp4", lookup });
  const flows = new Map();
  server.on("message", (message, { port: from }) => {
    let flow = flows.get(from);
    if (flow === undefined) {
      flow = dgram.createSocket({ type: "udp4", lookup });
      flow.on("message", (answer) => server.send(answer, from, "127.0.0.1"));
      flows.set(from, flow);
    }
    flow.send(message, backends[0], "127.0.0.1");
  });
  server.bind(port, "127.0.0.1");
}

({ tcp, http1, http2: toHttp1, udp })[what]();
process.on("SIGTERM", () => process.exit(0));
