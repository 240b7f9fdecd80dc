import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import {
  type LoadedObject,
  type ManifestReading,
  readManifest,
} from "../manifests/read-manifest.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { idOfKey, keyOf, type ObjectKey } from "../objects/object-key.ts";
import type { Release } from "../objects/release.ts";
import { emptied } from "./path-findings.ts";
import type { Section } from "./rendered/renderer.ts";
import type { FoundFile } from "./seen.ts";
import { isBlank, type Seen } from "./seen.ts";

/** What a file serves, including the last valid state of broken parts. */
export interface FileState {
  readonly seen: Seen;
  readonly objects: readonly LoadedObject[];
  readonly diagnostics: readonly Diagnostic[];
  /** Its parts, where positions name them. */
  readonly sections?: readonly Section[];
  readonly refused: readonly ObjectKey[];
  readonly unidentified: number;
}

/**
 * What a file serves after it was read: objects that became invalid are kept in their last valid state.
 * @param release of the API server whose rules are applied.
 */
export function stateOf(
  file: FoundFile,
  seen: Seen,
  before: FileState | undefined,
  release?: Release,
): FileState {
  const { text, finding, missing } = seen;
  const had = before?.objects ?? [];
  if (text === undefined) {
    const diagnostics = finding === undefined ? [] : [finding];
    return {
      seen,
      objects: missing ? [] : had,
      diagnostics,
      refused: [],
      unidentified: missing ? 0 : 1,
    };
  }
  if (had.length > 0 && isBlank(text)) {
    const diagnostics = [emptied(file.shownAs, had.length)];
    return { seen, objects: had, diagnostics, refused: [], unidentified: 0 };
  }
  const sections = file.sections?.(text);
  const reading =
    sections === undefined
      ? // What had objects is a manifest, whatever became of it.
        readManifest(text, file.shownAs, {
          release,
          byWalk: file.byWalk === true && had.length === 0,
        })
      : readSections(sections, file, release);
  const { diagnostics, refused, unidentified } = reading;
  return {
    seen,
    objects: keepLastGood(reading, had),
    diagnostics,
    refused,
    unidentified,
    ...(sections && { sections }),
  };
}

function readSections(
  sections: readonly Section[],
  { namespace }: FoundFile,
  release: Release | undefined,
): ManifestReading {
  const readings = sections.map(({ name, text }) =>
    readManifest(text, name, { namespace, release }),
  );
  return {
    objects: readings.flatMap(({ objects }) => objects),
    diagnostics: readings.flatMap(({ diagnostics }) => diagnostics),
    refused: readings.flatMap(({ refused }) => refused),
    unidentified: readings.reduce((sum, { unidentified }) => sum + unidentified, 0),
  };
}

/** Whether a file has errors or lost objects, as a file does that is only partly written. */
export function isWorse(next: FileState, before: FileState | undefined): boolean {
  if (next.diagnostics.some(({ severity }) => severity === "error")) return true;
  const ids = new Set(next.objects.map(({ object }) => idOfObject(object)));
  return before?.objects.some(({ object }) => !ids.has(idOfObject(object))) ?? false;
}

/**
 * The valid objects of a reading, and those of the reading before that are invalid now. Where a broken document can't
 * be identified, any missing object may be the one that it was.
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

/** One text for each object key. */
export function idOfObject(object: KubernetesObject): string {
  return idOfKey(keyOf(object));
}
