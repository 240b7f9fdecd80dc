import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";

const BLOCKS = 64;

export interface Echoed {
  /** SHA-256 of what was sent, and of what came back. */
  readonly sent: string;
  readonly received: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** Sends 64 blocks to a pod that answers with what it gets, as fast as they are taken. */
export async function echoed(port: number, blockSize: number, sized: boolean): Promise<Echoed> {
  const block = randomBytes(blockSize);
  const req = http.request({
    host: "127.0.0.1",
    port,
    method: "POST",
    agent: false,
    headers: { host: "web.shop", ...(sized && { "content-length": BLOCKS * blockSize }) },
  });
  const response = once(req, "response") as Promise<[http.IncomingMessage]>;
  const send = async () => {
    const sum = createHash("sha256");
    for (let i = 0; i < BLOCKS; i++) {
      sum.update(block);
      if (!req.write(block)) await once(req, "drain");
    }
    req.end();
    return sum.digest("hex");
  };
  const receive = async () => {
    const [res] = await response;
    const sum = createHash("sha256");
    for await (const chunk of res) sum.update(chunk);
    return { received: sum.digest("hex"), headers: res.headers };
  };
  const [sent, answer] = await Promise.all([send(), receive()]);
  return { sent, ...answer };
}

/** Sends its body only once it was asked to. @returns the status of the answer. */
export async function putWhenAsked(port: number): Promise<number | undefined> {
  const req = http.request({
    host: "127.0.0.1",
    port,
    method: "PUT",
    agent: false,
    headers: { host: "web.shop", expect: "100-continue", "content-length": 5 },
  });
  req.flushHeaders();
  await once(req, "continue");
  req.end("hello");
  const [res] = (await once(req, "response")) as [http.IncomingMessage];
  res.resume();
  await once(res, "end");
  return res.statusCode;
}
