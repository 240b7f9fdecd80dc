import http2, {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";

export interface Http2Answer {
  /** The heads of interim answers. */
  readonly interim: IncomingHttpHeaders[];
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
  body: string;
  error: Error | undefined;
}

/** A connection with prior knowledge, whose end is told to its streams alone. */
export function http2Session(port: number): ClientHttp2Session {
  return http2.connect(`http://127.0.0.1:${port}`).on("error", () => {});
}

/** One request to `web.shop`, with all that came of it when its stream is closed. */
export async function askOver(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Http2Answer> {
  const stream = session.request({ ":authority": "web.shop", ":path": "/", ...headers });
  const answer: Http2Answer = {
    interim: [],
    headers: {},
    trailers: {},
    body: "",
    error: undefined,
  };
  stream.on("headers", (got) => answer.interim.push(got));
  stream.on("response", (got) => {
    answer.headers = got;
  });
  stream.on("trailers", (got) => {
    answer.trailers = got;
  });
  stream.on("error", (error) => {
    answer.error = error;
  });
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    answer.body += chunk;
  });
  stream.end(body);
  await new Promise((resolve) => stream.once("close", resolve));
  return answer;
}
