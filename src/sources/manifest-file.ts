import { readFile } from "node:fs/promises";
import { text as readStream } from "node:stream/consumers";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { decodeText } from "../manifests/decode-text.ts";
import {
  type LoadedObject,
  type ManifestReading,
  readManifest,
} from "../manifests/read-manifest.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf, type ObjectKey } from "../objects/object-key.ts";
import { type ManifestFile, unreadable } from "./manifest-paths.ts";

/** What a file serves, its last good state included. */
export interface FileState {
  /** What is on disk; undefined when that can't be read. */
  readonly text: string | undefined;
  readonly objects: readonly LoadedObject[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the file was not there. */
  readonly missing: boolean;
}

/** Reads a file; of what is broken in it the objects that it served before go on. */
export async function readManifestFile(
  file: ManifestFile,
  before: FileState | undefined,
  stdin: NodeJS.ReadableStream,
): Promise<FileState> {
  let text: string | undefined;
  try {
    if (file.path === "-")
      text = before?.text ?? (await readStream(stdin as AsyncIterable<Buffer>));
    else text = decodeText(await readFile(file.path));
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return {
      text: undefined,
      objects: missing ? [] : (before?.objects ?? []),
      diagnostics: [unreadable(file.shownAs, error)],
      missing,
    };
  }
  if (text === undefined) {
    const objects = before?.objects ?? [];
    return { text, objects, diagnostics: [notText(file.shownAs)], missing: false };
  }
  if (before !== undefined && before.text === text) return before;
  const reading = readManifest(text, file.shownAs);
  const objects = before === undefined ? reading.objects : keepLastGood(reading, before.objects);
  return { text, objects, diagnostics: reading.diagnostics, missing: false };
}

/**
 * The objects of a reading and those of the reading before that are refused now. When a document can't be
 * told from others, any object that is no longer there may be the one it was.
 */
function keepLastGood(
  reading: ManifestReading,
  before: readonly LoadedObject[],
): readonly LoadedObject[] {
  if (reading.unidentified === 0 && reading.refused.length === 0) return reading.objects;
  const present = new Set(reading.objects.map(({ object }) => idOfObject(object)));
  const refused = new Set(reading.refused.map(idOfKey));
  const kept = before.filter((loaded) => {
    const id = idOfObject(loaded.object);
    return !present.has(id) && (reading.unidentified > 0 || refused.has(id));
  });
  return [...reading.objects, ...kept];
}

/** One text per object key. */
export function idOfObject(object: KubernetesObject): string {
  return idOfKey(keyOf(object));
}

function idOfKey({ kind, namespace, name }: ObjectKey): string {
  return `${kind}\n${namespace}\n${name}`;
}

function notText(file: string): Diagnostic {
  return {
    rule: "not-text",
    severity: "error",
    message: "this is no text: its bytes are neither UTF-8 nor marked UTF-16",
    hint: "save it as UTF-8",
    position: { file, line: 1, column: 1 },
  };
}
