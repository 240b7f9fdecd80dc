import net from "node:net";

/** An HTTP/2 frame. */
export function frame(type: number, flags: number, id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

/** RFC 7541 section 5.1: seven bits, and if that is too few, seven more in each further byte. */
function lengthOf({ length }: string): Buffer {
  if (length < 127) return Buffer.from([length]);
  const rest = length - 127;
  return Buffer.from([127, (rest & 127) | 128, rest >> 7]);
}

/** Headers as HPACK literals (RFC 7541 section 6.2.2). */
function block(headers: Readonly<Record<string, string>>): Buffer {
  const literal = (text: string) => Buffer.concat([lengthOf(text), Buffer.from(text, "latin1")]);
  const lines = Object.entries(headers).map(([name, value]) =>
    Buffer.concat([Buffer.from([0]), literal(name), literal(value)]),
  );
  return Buffer.concat(lines);
}

export const END_STREAM = 1;
const END_HEADERS = 4;
export const headersFrame = (id: number, headers: Readonly<Record<string, string>>, flags = 0) =>
  frame(1, END_HEADERS | flags, id, block(headers));
export const dataFrame = (id: number, text: string, flags = 0) =>
  frame(0, flags, id, Buffer.from(text));

/** A server that speaks HTTP/2 frame by frame, and answers each request with these. */
export function framesServer(answer: (id: number) => readonly Buffer[]): net.Server {
  return net.createServer((socket) => {
    let input = Buffer.alloc(0);
    let begun = false;
    socket.write(Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), frame(4, 1, 0, Buffer.alloc(0))]));
    socket.on("data", (chunk) => {
      input = Buffer.concat([input, chunk]);
      if (!begun && input.length < 24) return;
      if (!begun) input = input.subarray(24);
      begun = true;
      while (input.length >= 9 && input.length >= 9 + input.readUIntBE(0, 3)) {
        const id = input.readUInt32BE(5);
        if (input[3] === 1) socket.write(Buffer.concat(answer(id)));
        input = input.subarray(9 + input.readUIntBE(0, 3));
      }
    });
  });
}
