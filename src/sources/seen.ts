import type { BigIntStats } from "node:fs";
import { readFile } from "node:fs/promises";
import { text as readStream } from "node:stream/consumers";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { decodeText } from "../manifests/decode-text.ts";
import { notText, unreadable } from "./path-findings.ts";
import type { Section } from "./rendered/renderer.ts";

/** A file to read. */
export interface FoundFile {
  /** Absolute; `-` for standard input. */
  readonly path: string;
  /** As the user would type it. */
  readonly shownAs: string;
  /** The file's stat; undefined when it does not exist or can't be read. */
  readonly stats: BigIntStats | undefined;
  /** Whether a walk of a folder found it, so that it need not be a manifest. */
  readonly byWalk?: boolean;
  /**
   * Reads it, where it is not an ordinary file.
   * @param before the result of the last reading.
   * @param asked whether the user asks to read everything again.
   */
  readonly read?: (before: Seen | undefined, asked: boolean) => Promise<Seen>;
  /** The namespace of its objects that name none. Default: `default`. */
  readonly namespace?: string;
  /** Parts of its text that have names of their own in positions. */
  readonly sections?: (text: string) => readonly Section[];
}

/** The content of a file at one moment. */
export interface Seen {
  /** Undefined when it can't be read, or is not text. */
  readonly text: string | undefined;
  /** Why there is no text. */
  readonly finding: Diagnostic | undefined;
  /** Whether the file did not exist. */
  readonly missing: boolean;
  /** The file's stat, where an equal one proves that it has not changed since. */
  readonly stamp: string | undefined;
}

/**
 * Reads a file, unless its stat proves that it is unchanged.
 * @param asked whether the user asks to read everything again.
 */
export async function readSeen(
  { path, shownAs, stats, read }: FoundFile,
  before: Seen | undefined,
  stdin: NodeJS.ReadableStream,
  asked = false,
): Promise<Seen> {
  if (read !== undefined) return read(before, asked);
  const stamp =
    stats && `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
  if (before !== undefined && stamp !== undefined && before.stamp === stamp) return before;
  // A second change within one tick of the file system's clock would not change the stat.
  const isOld = stats !== undefined && Number(stats.ctimeMs) < Date.now() - CLOCK_TICK;
  const mark = isOld ? stamp : undefined;
  try {
    const text =
      path === "-"
        ? (before?.text ?? (await readStream(stdin as AsyncIterable<Buffer>)))
        : decodeText(await readFile(path));
    const finding = text === undefined ? notText(shownAs) : undefined;
    return { text, finding, missing: false, stamp: mark };
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { text: undefined, finding: unreadable(shownAs, error), missing, stamp: undefined };
  }
}

/** The coarsest resolution of a file system's times, in milliseconds: FAT's. */
const CLOCK_TICK = 2_000;

export function isSameSeen(one: Seen, other: Seen): boolean {
  return (
    one.text === other.text &&
    one.missing === other.missing &&
    one.finding?.message === other.finding?.message
  );
}

export function isBlank(text: string): boolean {
  return !/\S/.test(text);
}
