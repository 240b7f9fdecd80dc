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
  /** What the system says of it; undefined when it is not there, or can't be looked at. */
  readonly stats: BigIntStats | undefined;
  /** Whether a walk came upon it, so that it need not be a manifest. */
  readonly byWalk?: boolean;
  /**
   * How it is read that is no file of the system's.
   * @param before what was read the last time.
   * @param asked whether the user asks to read all anew.
   */
  readonly read?: (before: Seen | undefined, asked: boolean) => Promise<Seen>;
  /** Where its objects go that don't say so. Default: `default`. */
  readonly namespace?: string;
  /** The parts of its text that positions name by names of their own. */
  readonly sections?: (text: string) => readonly Section[];
}

/** What was on disk at one moment. */
export interface Seen {
  /** Undefined when it can't be read, or is no text. */
  readonly text: string | undefined;
  /** Why there is no text. */
  readonly finding: Diagnostic | undefined;
  /** Whether the file was not there. */
  readonly missing: boolean;
  /** What the system said of the file, as long as an equal answer means that it has not changed since. */
  readonly stamp: string | undefined;
}

/** Reads a file, unless the system says that it is as it was. @param asked whether the user asks to read all anew. */
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
  // A change within the clock's tick of the one before would leave no trace.
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

/** Milliseconds within which a file system may give two changes the same time: FAT's are the longest. */
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
