import type { RequestRecord } from "../messages.ts";

/** HTTP requests as HAR 1.2, without heads and bodies, which are not known to the page. */
export function harOf(requests: readonly RequestRecord[], version: string): object {
  return {
    log: {
      version: "1.2",
      creator: { name: "kubelane", version },
      entries: requests.filter(({ method }) => method !== undefined).map(entryOf),
    },
  };
}

function entryOf(request: RequestRecord) {
  const {
    at,
    duration,
    method = "",
    host = "",
    path = "",
    protocol,
    status = 0,
    bytes = -1,
  } = request;
  const url = /^https?:/.test(path) ? path : `http://${host}${path}`;
  const unknown = { headers: [], cookies: [], headersSize: -1 };
  return {
    startedDateTime: new Date(at - duration).toISOString(),
    time: duration,
    request: {
      ...unknown,
      method,
      url,
      httpVersion: protocol,
      queryString: [...new URLSearchParams(path.split("?")[1] ?? "")].map(([name, value]) => ({
        name,
        value,
      })),
      bodySize: -1,
    },
    response: {
      ...unknown,
      status,
      statusText: "",
      httpVersion: protocol,
      content: { size: Math.max(0, bytes), mimeType: "" },
      redirectURL: "",
      bodySize: bytes,
    },
    cache: {},
    timings: { send: 0, wait: duration, receive: 0 },
    ...(request.endpoint !== undefined && {
      serverIPAddress: request.endpoint.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""),
    }),
    comment: [request.service, request.pod, request.why, request.refusal]
      .filter(Boolean)
      .join("; "),
  };
}

/** Offers a file for download; nothing is sent anywhere. */
export function save(name: string, data: object): void {
  const url = URL.createObjectURL(
    new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
