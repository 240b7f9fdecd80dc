import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request } from "node:https";
import { createInterface } from "node:readline";
import type { ApiAddress } from "../../src/engine/listen.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind.
  readonly body: any;
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that sends what a test says, and nothing by itself. */
export class ApiClient {
  readonly #address: ApiAddress;

  constructor(address: ApiAddress) {
    this.#address = address;
  }

  call(path: string, { method = "GET", body, type, accept, headers }: Call = {}): Promise<Answer> {
    const payload =
      body === undefined || typeof body === "string" || Buffer.isBuffer(body)
        ? body
        : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = this.#request(path, method, {
        ...(payload !== undefined && {
          "content-type": type ?? "application/json",
          // Node counts the body of some methods only.
          "content-length": String(Buffer.byteLength(payload as string)),
        }),
        ...(accept && { accept }),
        ...headers,
      });
      sent.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => {
          const isJson = response.headers["content-type"]?.startsWith("application/json");
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: isJson ? JSON.parse(text) : text });
        });
      });
      sent.on("error", reject);
      sent.end(payload as string | undefined);
    });
  }

  post = (path: string, body: unknown, more: Call = {}) =>
    this.call(path, { method: "POST", body, ...more });
  put = (path: string, body: unknown) => this.call(path, { method: "PUT", body });
  patch = (path: string, kind: string, body: unknown) =>
    this.call(path, { method: "PATCH", body, type: `application/${kind}` });
  delete = (path: string, body?: unknown) => this.call(path, { method: "DELETE", body });

  /** The events of a watch, until the server or the caller ends it. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  async *watch(path: string, accept?: string): AsyncGenerator<{ type: string; object: any }> {
    const sent = this.#request(path, "GET", { ...(accept && { accept }) });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.on("response", resolve);
      sent.on("error", reject);
      sent.end();
    });
    try {
      for await (const line of createInterface({ input: response })) yield JSON.parse(line);
    } finally {
      response.destroy();
    }
  }

  #request(path: string, method: string, headers: Readonly<Record<string, string>>) {
    const { host, port, token, ca } = this.#address;
    const authorization = `Bearer ${token}`;
    return request({ host, port, ca, path, method, headers: { authorization, ...headers } });
  }
}
