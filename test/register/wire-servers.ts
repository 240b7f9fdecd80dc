import type { Socket } from "node:net";
import { type SecureContextOptions, TLSSocket } from "node:tls";

/** As much of a PostgreSQL server as a query takes: TLS if asked for, no password, one row with one text. */
export function speakPostgres(socket: Socket, tls: SecureContextOptions, row: string): void {
  socket.on("error", () => {});
  let encrypted = false;
  let greeted = false;
  let stream: Socket = socket;
  let buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const head = greeted ? 1 : 0;
      if (buffer.length < head + 4) return;
      const length = buffer.readUInt32BE(head) + head;
      if (buffer.length < length) return;
      const message = buffer.subarray(0, length);
      buffer = buffer.subarray(length);
      answer(message);
    }
  };
  const answer = (message: Buffer): void => {
    if (!greeted && !encrypted && message.length === 8 && message.readUInt32BE(4) === SSL_REQUEST) {
      socket.off("data", read);
      socket.write("S");
      encrypted = true;
      stream = new TLSSocket(socket, { isServer: true, ...tls });
      stream.on("error", () => {}).on("data", read);
      return;
    }
    if (!greeted) {
      greeted = true;
      stream.write(Buffer.concat([typed("R", Buffer.alloc(4)), READY]));
      return;
    }
    const type = String.fromCharCode(message[0] ?? 0);
    if (type === "Q") stream.write(oneRow(row));
    else if (type === "X") stream.end();
  };
  socket.on("data", read);
}

const SSL_REQUEST = 80_877_103;

function typed(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const READY = typed("Z", Buffer.from("I"));

function oneRow(text: string): Buffer {
  const column = Buffer.alloc(18);
  column.writeUInt32BE(25, 6);
  column.writeInt16BE(-1, 10);
  column.writeInt32BE(-1, 12);
  const count = Buffer.from([0, 1]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([
    typed("T", Buffer.concat([count, Buffer.from("said\0"), column])),
    typed("D", Buffer.concat([count, size, Buffer.from(text)])),
    typed("C", Buffer.from("SELECT 1\0")),
    READY,
  ]);
}

/** As much of a Redis server as GET takes. */
export function speakRedis(socket: Socket, value: string): void {
  let text = "";
  socket.on("error", () => {});
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    for (;;) {
      const command = /^\*(\d+)\r\n/.exec(text);
      if (command === null) return;
      const words: string[] = [];
      let at = command[0].length;
      while (words.length < Number(command[1])) {
        const size = /^\$(\d+)\r\n/.exec(text.slice(at));
        if (size === null || text.length < at + size[0].length + Number(size[1]) + 2) return;
        at += size[0].length;
        words.push(text.slice(at, at + Number(size[1])));
        at += Number(size[1]) + 2;
      }
      text = text.slice(at);
      socket.write(reply(words, value));
    }
  });
}

function reply([name = ""]: readonly string[], value: string): string {
  switch (name.toLowerCase()) {
    case "get":
      return `$${value.length}\r\n${value}\r\n`;
    case "info":
      return "$9\r\nloading:0\r\n";
    default:
      return "+OK\r\n";
  }
}
