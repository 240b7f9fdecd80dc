import { request } from "node:http";
import { hostPort } from "../../net/host-port.ts";
import type { TryAnswer, TryRequest } from "../../page/messages.ts";

/** Milliseconds that a request made from the page may take, and the characters shown of its answer. */
const PATIENCE = 30_000;
const MAX_SHOWN = 256 * 1024;

/** Through the gateway, as anybody's. */
export function tryRequest(
  { host, port }: { readonly host: string; readonly port: number },
  name: string,
  { method, path, headers, body }: TryRequest,
): Promise<TryAnswer> {
  const began = performance.now();
  const address = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return new Promise((resolve) => {
    const done = (rest: Partial<TryAnswer>) =>
      resolve({ headers: [], body: "", ...rest, milliseconds: performance.now() - began });
    try {
      const call = request({
        host: address,
        port,
        method,
        path: path.startsWith("/") ? path : `/${path}`,
        headers: [...headers.flat(), "host", hostPort(name, port)],
        timeout: PATIENCE,
        agent: false,
      });
      call.on("response", (response) => {
        let text = "";
        const sent = response.rawHeaders;
        const shown = sent.flatMap((each, i) =>
          i % 2 === 0 ? [[each, sent[i + 1] ?? ""] as const] : [],
        );
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (text.length > MAX_SHOWN) response.destroy();
        });
        response.on("error", () => {});
        response.on("close", () => {
          const status = response.statusCode;
          done({ ...(status && { status }), headers: shown, body: text.slice(0, MAX_SHOWN) });
        });
      });
      call.on("timeout", () => call.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
      call.on("error", ({ message }) => done({ error: message }));
      call.end(body === "" ? undefined : body);
    } catch (error) {
      // The method or a header is invalid.
      done({ error: (error as Error).message });
    }
  });
}
