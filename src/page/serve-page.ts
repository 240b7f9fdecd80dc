import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { RecentTraffic } from "../control/recent-traffic.ts";
import type { Engine } from "../engine/engine.ts";
import { AskedWrong, type PageAnswers } from "./answers.ts";
import { readFollowRequest } from "./follow-request.ts";
import {
  CHECK_PATH,
  FOLLOW_PATH,
  type Hello,
  POD_PATH,
  RESOLVE_PATH,
  RESTART_PATH,
  SCALE_PATH,
  type ScaleRequest,
  SERVICE_PATH,
  type ServiceDetails,
  STREAM_PATH,
  TRACE_PATH,
  TRY_PATH,
  type TryRequest,
} from "./messages.ts";
import type { PageFiles } from "./page-files.ts";
import { encode, Tab } from "./tab.ts";
import { Tabs } from "./tabs.ts";
import { fromElsewhere, Sessions, type Turned, type Visitor } from "./visitor.ts";

export interface PageOptions {
  readonly engine: Engine;
  readonly files: PageFiles;
  readonly answers: PageAnswers;
  readonly version: string;
  readonly recent: RecentTraffic;
  /** Of the gateway. */
  readonly port: () => number;
  /** What is wrong with the `up` as a whole, in sentences. */
  readonly troubles: () => readonly string[];
  readonly now?: () => number;
}

/** The gateway's page in browsers. */
export interface ServedPage {
  /** Answers requests for the gateway itself. */
  readonly listener: RequestListener;
  /** The path that opens a session: `/?token=…`. */
  readonly path: string;
  close(): void;
}

/** A request that passed the checks. */
interface Asked {
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly visitor: Visitor;
}

interface Place {
  readonly method: "GET" | "POST";
  /** What a request requires: to come from this machine or a session; a session; permission to change something. */
  readonly needs: "look" | "session" | "change";
  /** @returns the answer, sent as JSON; undefined: not found. */
  handle(asked: Asked): unknown;
}

/** Bytes. The page itself never sends a longer body. */
const MAX_BODY = 2 * 1024 * 1024;

export function servePage(options: PageOptions): ServedPage {
  const { engine, files, answers } = options;
  const sessions = new Sessions();
  const tabs = new Tabs({ ...options, now: options.now ?? Date.now });
  const places = placesOf(answers, tabs);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://gateway");
    const token = url.searchParams.get("token");
    if (url.pathname === "/" && token !== null) {
      openSession(sessions, token, request, response);
      return;
    }
    const place = places.get(url.pathname);
    if (place === undefined && url.pathname !== STREAM_PATH) {
      sendFile(files, url.pathname, request, response);
      return;
    }
    const visitor = sessions.visitor(request);
    const turned = fromElsewhere(request) ?? turnedAway(place, visitor, request);
    if (turned !== undefined) {
      sendJson(response, turned.status, { error: turned.why });
      return;
    }
    if (place === undefined) {
      stream(visitor, response);
      return;
    }
    const result = await place.handle({ url, request, visitor });
    if (result === undefined) sendJson(response, 404, { error: "there is no such thing any more" });
    else sendJson(response, 200, result);
  }

  function stream(visitor: Visitor, response: ServerResponse): void {
    const tab = new Tab(response, visitor, (each) => tabs.begin(each));
    const hello: Hello = {
      stream: tab.id,
      version: options.version,
      hasSession: visitor.hasSession,
      mayChange: visitor.mayChange,
      clusterDomain: engine.clusterDomain,
    };
    tab.send(encode("hello", hello));
    tabs.add(tab);
    response.on("close", () => tabs.delete(tab));
  }

  return {
    listener: (request, response) => {
      answer(request, response).catch((error: Error) => {
        if (response.headersSent) response.destroy();
        else sendJson(response, error instanceof AskedWrong ? 400 : 500, { error: error.message });
      });
    },
    path: `/?token=${sessions.token}`,
    close: () => tabs.close(),
  };
}

function placesOf(answers: PageAnswers, tabs: Tabs): ReadonlyMap<string, Place> {
  const named = (url: URL) =>
    [url.searchParams.get("namespace") ?? "", url.searchParams.get("name") ?? ""] as const;
  return new Map<string, Place>([
    [
      SERVICE_PATH,
      {
        method: "GET",
        needs: "look",
        handle({ url, visitor }): ServiceDetails | undefined {
          const details = answers.service(...named(url));
          if (details === undefined || !visitor.hasSession) return details;
          return { ...details, requests: tabs.requestsOf(named(url).join("/")) };
        },
      },
    ],
    [
      POD_PATH,
      { method: "GET", needs: "session", handle: ({ url }) => answers.pod(...named(url)) },
    ],
    [
      RESOLVE_PATH,
      {
        method: "GET",
        needs: "session",
        handle: ({ url: { searchParams: asked } }) =>
          answers.resolve(
            asked.get("name") ?? "",
            asked.get("type") ?? "A",
            asked.get("namespace") ?? "default",
          ),
      },
    ],
    [
      TRACE_PATH,
      {
        method: "GET",
        needs: "session",
        handle: ({ url }) => answers.trace(url.searchParams.get("target") ?? ""),
      },
    ],
    [CHECK_PATH, { method: "GET", needs: "session", handle: () => answers.check() }],
    [
      FOLLOW_PATH,
      {
        method: "POST",
        needs: "look",
        async handle({ request }) {
          const { stream, wanted } = readFollowRequest(await body(request));
          return tabs.follow(stream, wanted) ? {} : undefined;
        },
      },
    ],
    [
      TRY_PATH,
      {
        method: "POST",
        needs: "change",
        handle: async ({ request }) => answers.try((await body(request)) as TryRequest),
      },
    ],
    [
      SCALE_PATH,
      {
        method: "POST",
        needs: "change",
        handle: async ({ request }) => answers.scale((await body(request)) as ScaleRequest),
      },
    ],
    [
      RESTART_PATH,
      {
        method: "POST",
        needs: "change",
        async handle({ url }) {
          const isUp = await answers.restart(...named(url));
          return isUp === undefined ? undefined : { isUp };
        },
      },
    ],
  ]);
}

function turnedAway(
  place: Place | undefined,
  { isLocal, hasSession, mayChange }: Visitor,
  { method }: IncomingMessage,
): Turned | undefined {
  const { method: wanted = "GET", needs = "look" } = place ?? {};
  if (method !== wanted) return { status: 405, why: `this is for ${wanted}` };
  const link = "open the link that `kubelane up` prints";
  if (needs === "look" && !isLocal && !hasSession) return { status: 401, why: link };
  if (needs !== "look" && !hasSession) return { status: 401, why: link };
  if (needs === "change" && !mayChange) {
    return { status: 403, why: "from another machine this page is for reading" };
  }
  return undefined;
}

/** Exchanges the token for a cookie, and redirects, so that the token is not kept in the browser's history. */
function openSession(
  sessions: Sessions,
  token: string,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const cookie = sessions.cookieFor(token, headers.host ?? "");
  response.writeHead(303, {
    location: cookie === undefined ? "/#/wrong-token" : "/",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    ...(cookie && { "set-cookie": cookie }),
  });
  response.end();
}

function sendFile(
  files: PageFiles,
  path: string,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): void {
  if (method !== "GET" && method !== "HEAD") {
    sendJson(
      response,
      405,
      { error: "the gateway's own page is for reading" },
      { allow: "GET, HEAD" },
    );
  } else if (!files.send(path, headers["accept-encoding"], response)) {
    sendJson(response, 404, { error: "this is the gateway itself: its page is at /" });
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  data: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(JSON.stringify(data));
}

/** @throws AskedWrong for a body that is not JSON, or too long. */
async function body(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers["content-length"] ?? MAX_BODY + 1) > MAX_BODY) {
    throw new AskedWrong("the body is too long, or does not say how long it is");
  }
  try {
    return JSON.parse(await text(request));
  } catch (cause) {
    throw new AskedWrong("the body is no JSON", { cause });
  }
}
