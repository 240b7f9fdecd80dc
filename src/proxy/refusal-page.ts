import { STATUS_CODES } from "node:http";
import type { Refusal } from "./refusal.ts";

export interface Page {
  readonly type: string;
  readonly body: string;
}

/** The refusal as the client would like to read it: HTML for browsers, JSON for programs, else one line of text. */
export function refusalPage({ status, code, reason }: Refusal, accept: string | undefined): Page {
  switch (preferred(accept ?? "")) {
    case "json":
      return {
        type: "application/json",
        body: `${JSON.stringify({ status, code, message: reason })}\n`,
      };
    case "html": {
      const title = `${status} ${STATUS_CODES[status] ?? ""}`;
      return {
        type: "text/html; charset=utf-8",
        body: `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${escapeHtml(reason)}</p><p><small>kubelane: ${code}</small></p>\n`,
      };
    }
    case "text":
      return { type: "text/plain; charset=utf-8", body: `${status} ${reason}\n` };
  }
}

/** The first of the types we can make, in the order in which the client names them. */
function preferred(accept: string): "json" | "html" | "text" {
  for (const range of accept.slice(0, 1000).toLowerCase().split(",")) {
    const type = range.split(";", 1)[0]?.trim() ?? "";
    if (type === "text/html") return "html";
    if (type === "application/json" || type.endsWith("+json")) return "json";
    if (type === "text/plain" || type === "*/*") return "text";
  }
  return "text";
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
