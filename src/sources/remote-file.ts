import { unreadable } from "./path-findings.ts";
import type { FoundFile, Seen } from "./seen.ts";

/** Milliseconds for a server to send a manifest. */
const TIMEOUT = 30_000;

/** A manifest at a URL: read once, and again when the user asks. */
export function remoteFile(url: string): FoundFile {
  return {
    path: url,
    shownAs: url,
    stats: undefined,
    read: async (before, asked) => (before !== undefined && !asked ? before : fetched(url)),
  };
}

async function fetched(url: string): Promise<Seen> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const text = await response.text();
    return { text, finding: undefined, missing: false, stamp: undefined };
  } catch (error) {
    const { cause = error } = error as Error;
    return { text: undefined, finding: unreadable(url, cause), missing: false, stamp: undefined };
  }
}
