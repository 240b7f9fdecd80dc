import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Admission, admit } from "../objects/admit.ts";
import { asServed } from "../objects/as-served.ts";
import type { Finding } from "../objects/finding.ts";
import { isRecord, type Json } from "../objects/json.ts";
import { groupKind, type KubernetesObject } from "../objects/object.ts";
import { describeKey, type ObjectKey } from "../objects/object-key.ts";
import { NEWEST, type Release } from "../objects/release.ts";
import { DEFAULT_NAMESPACE, isClusterScoped } from "../objects/resource.ts";
import { flattenList, type ListedValue } from "./flatten-list.ts";
import { hasManifest } from "./is-manifest.ts";
import {
  DocumentText,
  diagnose,
  ManifestText,
  NestedText,
  type ObjectText,
} from "./manifest-text.ts";
import { readDocuments } from "./read-documents.ts";
import type { TextDocument } from "./text-document.ts";
import { refuseSize } from "./text-limits.ts";
import type { TextProblem } from "./text-problem.ts";

/** An object and its position. */
export interface LoadedObject extends ObjectText {
  /** As written, without nulls in known fields, and with a namespace when its kind has one. */
  readonly object: KubernetesObject;
  readonly file: string;
}

/** The result of reading a text. An error in one part never stops the rest from being read. */
export interface ManifestReading {
  /** In the order of the text; all are valid, and their names are unique. */
  readonly objects: readonly LoadedObject[];
  readonly diagnostics: readonly Diagnostic[];
  /** Objects that were refused but have a kind and a name. */
  readonly refused: readonly ObjectKey[];
  /** How many documents can't be identified, because of syntax errors for instance. */
  readonly unidentified: number;
}

/** How a text is read. */
export interface ReadManifestOptions {
  /** The namespace of namespaced objects that name none. Default: `default`. */
  readonly namespace?: string | undefined;
  /** The release of the API server whose rules are applied. Default: the newest that is known. */
  readonly release?: Release | undefined;
  /**
   * Whether the user did not name the file itself: without a manifest it is reported once, and is no error. Default:
   * false.
   */
  readonly byWalk?: boolean;
}

/**
 * Reads Kubernetes manifests: YAML as kubectl reads it, or JSON, any number of documents and Lists. Never throws for
 * the text's content.
 * @param file the text's name in positions; `-` for standard input.
 */
export function readManifest(
  text: string,
  file: string,
  { namespace = DEFAULT_NAMESPACE, release = NEWEST, byWalk = false }: ReadManifestOptions = {},
): ManifestReading {
  const reader = new ManifestReader(new ManifestText(text, file), namespace, release);
  reader.read(byWalk);
  return reader;
}

class ManifestReader implements ManifestReading {
  readonly objects: LoadedObject[] = [];
  diagnostics: Diagnostic[] = [];
  readonly refused: ObjectKey[] = [];
  unidentified = 0;
  readonly #source: ManifestText;
  readonly #namespace: string;
  readonly #release: Release;
  /** The objects so far, by name. */
  readonly #named = new Map<string, LoadedObject>();

  constructor(source: ManifestText, namespace: string, release: Release) {
    this.#source = source;
    this.#namespace = namespace;
    this.#release = release;
  }

  read(byWalk: boolean): void {
    const { text } = this.#source;
    const refusal = refuseSize(text);
    if (refusal !== undefined) {
      this.#report([refusal]);
      this.unidentified++;
      return;
    }
    const documents = [...readDocuments(text)];
    if (byWalk && documents.some(saysSomething) && !hasManifest(text, documents)) {
      this.#report([NO_MANIFEST]);
      return;
    }
    for (const { value, problems, fields } of documents) {
      if (this.#report(problems.map((problem) => explainLine(problem, text)))) this.unidentified++;
      else if (value !== null) this.#readValue(value, new DocumentText(this.#source, fields));
    }
    this.#tellTemplate(byWalk);
  }

  /** A text with template syntax has many errors, which are reported as one. */
  #tellTemplate(byWalk: boolean): void {
    const { lines } = this.#source;
    const place = this.diagnostics
      .filter(({ severity }) => severity === "error")
      .flatMap(({ position }) => (position === undefined ? [] : [position]))
      .find(({ line }) => lines.line(line)?.includes("{{"));
    if (place === undefined) return;
    const column = lines.line(place.line)!.indexOf("{{") + 1;
    this.diagnostics = [
      {
        rule: "unrendered-template",
        severity: byWalk ? "info" : "error",
        message: "this is a template, and no manifest before it is rendered",
        hint: "for one of Helm: helm template NAME FOLDER, or manifests: [{ helm: FOLDER }] in kubelane.yaml",
        position: { ...place, column },
      },
    ];
    // It is unknown which objects the template would produce.
    this.unidentified = Math.max(1, this.unidentified);
  }

  #readValue(value: unknown, document: ObjectText): void {
    for (const listed of flattenList(value)) this.#admit(listed, document);
  }

  #admit({ value, path }: ListedValue, document: ObjectText): void {
    const text = path.length === 0 ? document : new NestedText(document, path);
    const { object, findings } = taken(value, this.#namespace, this.#release);
    const name = describeDraft(value, this.#namespace);
    for (const finding of limitFindings(findings)) {
      this.diagnostics.push(diagnose(finding, text, name));
    }
    const key = keyOfDraft(object ?? value, this.#namespace);
    if (object === undefined) {
      if (key === undefined) this.unidentified++;
      else this.refused.push(key);
      return;
    }
    const { file } = this.#source;
    const locate = text.locate.bind(text);
    this.#add({ object, file, locate, rewrite: text.rewrite.bind(text) }, key!);
  }

  #add(loaded: LoadedObject, key: ObjectKey): void {
    const id = `${key.kind}\n${key.namespace}\n${key.name}`;
    const first = this.#named.get(id);
    if (first !== undefined) {
      this.diagnostics.push(duplicateObject(loaded, first));
      return;
    }
    this.#named.set(id, loaded);
    this.objects.push(loaded);
  }

  /** @returns whether one of the problems is an error. */
  #report(problems: readonly TextProblem[]): boolean {
    for (const problem of limitFindings(problems)) {
      this.diagnostics.push(this.#source.diagnose(problem));
    }
    return problems.some(({ severity }) => severity === "error");
  }
}

/**
 * Admits an object. For one that was printed from a server (`kubectl get -o yaml`), rules of later releases are only
 * warnings: what a cluster serves is served here.
 */
function taken(value: unknown, namespace: string, release: Release): Admission {
  const admission = admit(value, namespace, release);
  if (admission.object !== undefined || !isRecord(value) || !isFromServer(value)) return admission;
  const object = asServed(value, String(value["apiVersion"]), String(value["kind"]));
  if (object === undefined) return admission;
  return { object, findings: admission.findings.map(asWarning) };
}

/** Whether an object has fields that only a server sets, as in the output of `kubectl get -o yaml`. */
function isFromServer({ metadata }: Json): boolean {
  const given = isRecord(metadata) ? metadata : {};
  return ["uid", "resourceVersion", "creationTimestamp"].every(
    (field) => typeof given[field] === "string" && given[field] !== "",
  );
}

function asWarning(finding: Finding): Finding {
  if (finding.severity !== "error") return finding;
  const { usable: _, hint, ...rest } = finding;
  return {
    ...rest,
    severity: "warning",
    hint: hint ?? "it comes from a cluster, which has it, and so it is served",
  };
}

/** More findings about one object don't help, and finding each position takes time. */
const MAX_FINDINGS = 100;

/** The first findings, errors before others, and how many more there are. */
function limitFindings<T extends Finding | TextProblem>(findings: readonly T[]): readonly T[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const errors = findings.filter(({ severity }) => severity === "error");
  const others = findings.filter(({ severity }) => severity !== "error");
  const shown = [...errors, ...others].slice(0, MAX_FINDINGS);
  const { hint: _, ...last } = shown.at(-1)!;
  const message = `${findings.length - MAX_FINDINGS} more findings here are not listed`;
  return [...shown, { ...last, rule: "more-findings", severity: "info", message } as T];
}

/**
 * Two objects with the same kind, namespace and name; the first one is used.
 * @param further how many more objects of the second's file are duplicates of the first's.
 */
export function duplicateObject(
  second: LoadedObject,
  first: LoadedObject,
  further = 0,
): Diagnostic {
  const path = ["metadata", "name"];
  const { file, line, column } = first.locate(path);
  const key = keyOfDraft(second.object);
  const rest = further === 0 ? "" : `; so it is with ${further} more of this file`;
  return {
    rule: "duplicate-object",
    severity: "warning",
    message: `there is one of this kind and name already, at ${file}:${line}:${column}; it is kept${rest}`,
    hint: "rename one of the two, or remove it; kubectl apply would leave the last one",
    ...(key === undefined ? {} : { object: describeKey(key) }),
    path,
    position: second.locate(path),
  };
}

/** Reported once for two files: variants of one deployment share all their names. */
export function duplicateObjects(pairs: readonly DuplicatePair[]): Diagnostic[] {
  const byFiles = new Map<string, DuplicatePair[]>();
  for (const pair of pairs) {
    const files = `${pair.second.file}\n${pair.first.file}`;
    const known = byFiles.get(files);
    if (known === undefined) byFiles.set(files, [pair]);
    else known.push(pair);
  }
  return [...byFiles.values()].map((found) => {
    const { second, first } = found[0]!;
    return duplicateObject(second, first, found.length - 1);
  });
}

/** Two objects of one kind, namespace and name, in the order in which they are read. */
export interface DuplicatePair {
  readonly first: LoadedObject;
  readonly second: LoadedObject;
}

/** A file with the conflict markers of an unfinished merge can be parsed, but must not be used. */
function explainLine(problem: TextProblem, text: string): TextProblem {
  if (problem.severity !== "error") return problem;
  const start = text.lastIndexOf("\n", Math.max(0, problem.offset - 1)) + 1;
  const line = text.slice(start, start + 100).split("\n", 1)[0] ?? "";
  if (!/^(?:<{7}|={7}|>{7})(?: |$)/.test(line)) return problem;
  return { ...problem, hint: "this looks like a merge conflict: resolve it first" };
}

function saysSomething({ value, problems }: TextDocument): boolean {
  return value !== null || problems.length > 0;
}

const NO_MANIFEST: TextProblem = {
  rule: "no-manifest",
  severity: "info",
  message:
    "this is no manifest: no document of it has a kind of Kubernetes, or metadata and a kind",
  hint: "a line in .kubelaneignore, or --exclude, leaves it out",
  offset: 0,
};

/** `Service shop/web`; less when the object says less of itself. */
function describeDraft(value: unknown, defaultNamespace: string): string | undefined {
  const key = keyOfDraft(value, defaultNamespace);
  if (key !== undefined) return describeKey(key);
  return isRecord(value) && typeof value["kind"] === "string" ? value["kind"] : undefined;
}

/** The key of something that may not be an object yet. */
function keyOfDraft(
  value: unknown,
  defaultNamespace: string = DEFAULT_NAMESPACE,
): ObjectKey | undefined {
  if (!isRecord(value)) return undefined;
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  if (!isRecord(metadata)) return undefined;
  const { name, namespace } = metadata;
  if (typeof name !== "string" || name === "" || kind === "") return undefined;
  const full = groupKind(apiVersion, kind);
  if (isClusterScoped(full)) return { kind: full, namespace: "", name };
  const own = typeof namespace === "string" && namespace !== "" ? namespace : defaultNamespace;
  return { kind: full, namespace: own, name };
}
