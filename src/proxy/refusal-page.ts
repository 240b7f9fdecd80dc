import { STATUS_CODES } from "node:http";
import { escapeHtml, type Page, preferredType } from "./page.ts";
import type { Refusal } from "./refusal.ts";

/**
 * A refusal in the form that the client accepts: HTML for browsers, JSON for programs, else one line of text.
 * @param home the gateway's own page, where people find other Services
 */
export function refusalPage(
  { status, code, reason, content }: Refusal,
  accept: string | undefined,
  home?: string | undefined,
): Page {
  if (content !== undefined) return content(accept);
  switch (preferredType(accept)) {
    case "json":
      return {
        type: "application/json",
        body: `${JSON.stringify({ status, code, message: reason })}\n`,
      };
    case "html": {
      const title = `${status} ${STATUS_CODES[status] ?? ""}`;
      const link =
        home === undefined ? "" : `<p><a href="${escapeHtml(home)}">All Services</a></p>`;
      return {
        type: "text/html; charset=utf-8",
        body: `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${escapeHtml(reason)}</p>${link}<p><small>kubelane: ${code}</small></p>\n`,
      };
    }
    case "text":
      return { type: "text/plain; charset=utf-8", body: `${status} ${reason}\n` };
  }
}
