/** A body that the gateway renders. */
export interface Page {
  readonly type: string;
  readonly body: string;
}

/** The first type that the client accepts of those that we can render. */
export function preferredType(accept = ""): "json" | "html" | "text" {
  for (const range of accept.slice(0, 1000).toLowerCase().split(",")) {
    const type = range.split(";", 1)[0]?.trim() ?? "";
    if (type === "text/html") return "html";
    if (type === "application/json" || type.endsWith("+json")) return "json";
    if (type === "text/plain" || type === "*/*") return "text";
  }
  return "text";
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
