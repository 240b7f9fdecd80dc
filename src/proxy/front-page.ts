import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { isLoopback } from "../net/loopback.ts";
import { qualifiedName } from "../objects/object-key.ts";
import { parseAuthority } from "./authority.ts";
import { escapeHtml, type Page, preferredType } from "./page.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** What a gateway's own page shows: the Services, and what is wrong. */
export interface FrontPage {
  readonly services: readonly FrontService[];
  /** Sentences, each on its own; empty when nothing is. */
  readonly troubles: readonly string[];
}

/** A Service on the page that needs no scripts. */
export interface FrontService {
  readonly namespace: string;
  readonly name: string;
  /** The URL for a browser; absent for a Service that doesn't speak HTTP, or has several ports to choose from. */
  readonly url?: string;
  /** `10.96.3.7:80`, as the cluster knows it. */
  readonly address: string;
  readonly ready: number;
  readonly endpoints: number;
  /** Why it has no live pod. */
  readonly problem?: string;
}

/** Where a gateway listens. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** A request to the gateway itself. */
export interface Asked {
  /** In origin form. */
  readonly path: string;
  /** The Host that was asked for, its port included. */
  readonly host: string;
  /** Whether it was asked for at `localhost` or a loopback address. */
  readonly isLoopback: boolean;
}

const ABSOLUTE = /^http:\/\/([^/?#]*)([^#]*)$/i;

/**
 * Recognizes a request to the gateway itself: its Host is `localhost`, a loopback address, or an address of this
 * machine that it listens on. A name that some site's owner points here does not count, so that its pages can't read
 * the answer (DNS rebinding).
 * @param at where the gateway listens; a URL in proxy form has to name that port
 * @returns undefined for any other request.
 */
export function askedOfGateway(
  { target, host }: { readonly target: string; readonly host: string },
  at: Place,
): Asked | undefined {
  const [, named, rest = ""] = ABSOLUTE.exec(target) ?? [];
  const authority = parseAuthority(named ?? host);
  if (authority === undefined) return undefined;
  const isOwnLoopback = authority.host === "localhost" || isLoopback(authority.host);
  if (!isOwnLoopback && !listensAt(at.host, authority.host)) return undefined;
  if (named !== undefined && (authority.port ?? 80) !== at.port) return undefined;
  if (named === undefined && !target.startsWith("/")) return undefined;
  const path = named === undefined ? target : rest.startsWith("/") ? rest : `/${rest}`;
  return { path, host: named ?? host, isLoopback: isOwnLoopback };
}

/** @param host of a URL; a name never counts as an address that the gateway listens on. */
function listensAt(bound: string, host: string): boolean {
  if (isIP(host) === 0 || isLoopback(bound)) return false;
  if (bound === host) return true;
  if (bound !== "0.0.0.0" && bound !== "::") return false;
  return Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === host),
  );
}

/** The answer to a request for the gateway itself, where no other page is configured. */
export function frontPageAnswer(
  page: () => FrontPage,
  { method, path, host }: Asked & { readonly method: string },
): Refusal {
  if (!/^\/(?:\?|$)/.test(path)) {
    const name = parseAuthority(host)?.host;
    return refusal(404, "no-service", `${name} is the gateway itself: its page is at /`);
  }
  if (method !== "GET" && method !== "HEAD") {
    const why = refusal(405, "bad-request", "the gateway's own page is for reading");
    return { ...why, fields: ["allow", "GET, HEAD"] };
  }
  return {
    status: 200,
    code: "front-page",
    reason: "the gateway's own page",
    fields: FIELDS,
    content: (accept) => render(page(), accept),
  };
}

/**
 * No scripts or frames of other sites are allowed, and nothing is cached: the page is out of date with the next
 * change.
 */
const FIELDS = [
  ...["cache-control", "no-store"],
  ...[
    "content-security-policy",
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  ],
  ...["referrer-policy", "no-referrer"],
];

function render(page: FrontPage, accept: string | undefined): Page {
  switch (preferredType(accept)) {
    case "json":
      return { type: "application/json", body: `${JSON.stringify(page, null, 2)}\n` };
    case "html":
      return { type: "text/html; charset=utf-8", body: html(page) };
    case "text":
      return { type: "text/plain; charset=utf-8", body: text(page) };
  }
}

function text({ services, troubles }: FrontPage): string {
  const lines = services.map(({ namespace, name, url, address, ready, endpoints, problem }) => {
    const where = url ?? address;
    return `${namespace}/${name}  ${where}  ${ready}/${endpoints} ready${problem === undefined ? "" : `  ${problem}`}`;
  });
  const wrong =
    troubles.length === 0 ? [] : ["", "what is wrong:", ...troubles.map((t) => `  ${t}`)];
  return `${[...(lines.length === 0 ? ["no Services"] : lines), ...wrong].join("\n")}\n`;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
td small { display: block } .none { color: light-dark(#a40000, #ff8a80) }
`;

function html({ services, troubles }: FrontPage): string {
  const rows = services.map(row).join("\n");
  const table =
    services.length === 0
      ? "<p>No Services yet.</p>"
      : `<table>
<thead><tr><th scope="col">Service</th><th scope="col">Address</th><th scope="col">Endpoints</th></tr></thead>
<tbody>
${rows}
</tbody></table>`;
  const wrong =
    troubles.length === 0
      ? ""
      : `<h2>What is wrong</h2>\n<ul>\n${troubles.map((t) => `<li>${escapeHtml(t)}</li>`).join("\n")}\n</ul>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>kubelane</title><style>${STYLE}</style></head>
<body><main>
<h1>Services on this machine</h1>
${table}
${wrong}
</main></body></html>
`;
}

function row({ namespace, name, url, address, ready, endpoints, problem }: FrontService): string {
  const title = escapeHtml(qualifiedName(namespace, name));
  const link = url === undefined ? title : `<a href="${escapeHtml(url)}">${title}</a>`;
  const why = problem === undefined ? "" : `<small>${escapeHtml(problem)}</small>`;
  const state = `<span${ready === 0 ? ' class="none"' : ""}>${ready}/${endpoints} ready</span>`;
  return `<tr><td>${link}</td><td>${escapeHtml(address)}</td><td>${state}${why}</td></tr>`;
}
