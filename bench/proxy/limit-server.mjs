// What Node itself can do: the barest code that serves the row at all, without routing, time-outs, limits,
// tables, events or any regard for what may go wrong. `node limit-server.mjs tcp|http1|http2|udp PORT BACKEND...`
import http2 from "node:http2";
import net from "node:net";

const [what, port, ...backends] = process.argv.slice(2).map((a, i) => (i === 0 ? a : Number(a)));
let next = 0;
const backend = () => backends[next++ % backends.length];

// What Node's sockets stand on: no streams, one buffer for every read.
const { WriteWrap, ShutdownWrap, streamBaseState: state } = process.binding("stream_wrap");
const { TCP, TCPConnectWrap, constants } = process.binding("tcp_wrap");
const { UDP, SendWrap } = process.binding("udp_wrap");
const buffer = Buffer.allocUnsafeSlow(65_536);
const nothing = () => {};

/** A short text, which the system takes at once. */
function send(handle, text) {
  const request = new WriteWrap();
  request.oncomplete = nothing;
  handle.writeLatin1String(request, text);
}

/** @param receive called with how much is in the buffer, or with an error or the end. */
function read(handle, receive) {
  handle.useUserBuffer(buffer);
  handle.onread = () => receive(state[0]);
}

function connect(connected) {
  const handle = new TCP(constants.SOCKET);
  const request = new TCPConnectWrap();
  request.oncomplete = () => {
    handle.setNoDelay(true);
    connected();
    handle.readStart();
  };
  handle.connect(request, "127.0.0.1", backend());
  return handle;
}

function listen(accept) {
  const server = net.createServer();
  server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => {
    server._handle.onconnection = (_status, handle) => {
      handle.setNoDelay(true);
      accept(handle);
    };
  });
}

function tcp() {
  listen((client) => {
    const upstream = connect(() => client.readStart());
    const ended = new Set();
    const oneWay = (from, to) =>
      read(from, (length) => {
        if (length > 0) {
          const request = new WriteWrap();
          request.oncomplete = nothing;
          // Copied, as it may have to wait.
          to.writeBuffer(request, Buffer.from(buffer.subarray(0, length)));
          return;
        }
        if (length === 0) return;
        ended.add(from);
        if (ended.size === 2) {
          from.close();
          to.close();
        } else {
          const request = new ShutdownWrap();
          request.oncomplete = nothing;
          to.shutdown(request);
        }
      });
    oneWay(client, upstream);
    oneWay(upstream, client);
  });
}

/** Requests and answers of one read each, passed on as they are over pooled connections. */
function http1() {
  const idle = [];
  const open = (first, client) => {
    const connection = { client };
    connection.handle = connect(() => send(connection.handle, first));
    read(connection.handle, (length) => {
      if (length <= 0) return;
      send(connection.client, buffer.latin1Slice(0, length));
      idle.push(connection);
    });
  };
  listen((client) => {
    read(client, (length) => {
      if (length <= 0) {
        client.close();
        return;
      }
      const text = buffer.latin1Slice(0, length);
      const connection = idle.pop();
      if (connection === undefined) {
        open(text, client);
        return;
      }
      connection.client = client;
      send(connection.handle, text);
    });
    client.readStart();
  });
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
  const flows = new Map();
  const send = (socket, bytes, ...to) => {
    const request = new SendWrap();
    request.oncomplete = nothing;
    request.list = [bytes];
    socket.send(request, request.list, 1, ...to, false);
  };
  const server = new UDP();
  server.bind("127.0.0.1", port, 0);
  server.onmessage = (_length, _handle, bytes, { port: from } = {}) => {
    if (bytes === undefined) return;
    let flow = flows.get(from);
    if (flow === undefined) {
      flow = new UDP();
      flow.bind("127.0.0.1", 0, 0);
      flow.connect("127.0.0.1", backends[0]);
      flow.onmessage = (_n, _h, answer) => {
        if (answer !== undefined) send(server, answer, from, "127.0.0.1");
      };
      flow.recvStart();
      flows.set(from, flow);
    }
    send(flow, bytes);
  };
  server.recvStart();
}

({ tcp, http1, http2: toHttp1, udp })[what]();
process.on("SIGTERM", () => process.exit(0));
