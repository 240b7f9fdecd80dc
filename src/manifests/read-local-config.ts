import { dirname, resolve } from "node:path";
import type { Diagnostic, FieldPath } from "../diagnostics/diagnostic.ts";
import { validateDns1123Label, validateDns1123Subdomain } from "../labels/dns-name.ts";
import { validateLabelKey, validateLabelValue } from "../labels/label-name.ts";
import { append } from "../objects/append.ts";
import { isRecord, quote } from "../objects/json.ts";
import { parseAttachAddress } from "./attach-address.ts";
import { ConfigValues } from "./config-values.ts";
import {
  type AttachAddress,
  type AttachEntry,
  type BackOffEntry,
  type ClusterConfig,
  type DnsEntry,
  ENVIRONMENT_SOURCES,
  type EnvironmentSource,
  type GatewayEntry,
  type ImageEntry,
  type LocalConfig,
  type LocalProcess,
  NETWORK_MODES,
  type NodeEntry,
  POD_RECORDS,
  type RunEntry,
  type StubEntry,
  type WorkloadTarget,
} from "./local-config.ts";
import { DocumentLocator, type Locator, ManifestText } from "./manifest-text.ts";
import { readDocuments } from "./read-documents.ts";
import { readManifestInputs } from "./read-manifest-inputs.ts";
import { parseStub } from "./stub-pattern.ts";
import type { TextDocument } from "./text-document.ts";
import type { TextProblem } from "./text-problem.ts";
import { parseTarget } from "./workload-target.ts";

export interface LocalConfigReading {
  /** Absent when a diagnostic is an error: half a configuration would start half the pods. */
  readonly config?: LocalConfig;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the text of a `kubelane.yaml`. Never throws for what it says.
 * @param file where the text is from: relative paths in it are relative to that folder.
 * @param shownAs how to name the file in positions. Default: `file`.
 */
export function readLocalConfig(text: string, file: string, shownAs = file): LocalConfigReading {
  const source = new ManifestText(text, shownAs);
  const problems: TextProblem[] = [];
  let document: TextDocument | undefined;
  for (const next of readDocuments(text)) {
    if (document === undefined || document.value === null) {
      document = next;
      append(problems, next.problems);
    } else if (next.value !== null || next.problems.length > 0) {
      const offset = next.fields.locate([], "value");
      const message = "a config file is one document; the rest is not read";
      problems.push({ rule: "config-documents", severity: "warning", message, offset });
      break;
    }
  }
  const diagnostics = problems.map((problem) => source.diagnose(problem));
  if (hasError(diagnostics)) return { diagnostics };
  const fields = document?.fields ?? { locate: () => 0 };
  const reader = new ConfigReader(file, new DocumentLocator(source, fields), diagnostics);
  const config = reader.read(document?.value ?? {});
  return hasError(diagnostics) ? { diagnostics } : { config, diagnostics };
}

function hasError(diagnostics: readonly Pick<Diagnostic, "severity">[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

const TOP_KEYS = [
  "manifests",
  "run",
  "attach",
  "images",
  "stub",
  "network",
  "dns",
  "gateway",
  "cluster",
  "apiServer",
  "state",
  "nodes",
  "backOff",
  "environment",
];
const PROCESS_KEYS = ["command", "cwd", "env", "envFile"];
const RUN_KEYS = [...PROCESS_KEYS, "replicas", "container", "namespace", "beside"];
const ATTACH_KEYS = ["addresses", "namespace", "beside"];
const BACK_OFF_KEYS = ["base", "cap"];
const CLUSTER_KEYS = ["context", "namespaces", "refuse"];
const GATEWAY_KEYS = ["page", "classes"];
const DNS_KEYS = ["pods", "ttl", "cache", "zones", "upstream", "routes"];
const NODE_KEYS = ["name", "zone", "labels"];

class ConfigReader {
  readonly #file: string;
  readonly #folder: string;
  readonly #locator: Locator;
  readonly #values: ConfigValues;

  constructor(file: string, locator: Locator, diagnostics: Diagnostic[]) {
    this.#file = resolve(file);
    this.#folder = dirname(this.#file);
    this.#locator = locator;
    this.#values = new ConfigValues(locator, diagnostics);
  }

  read(value: unknown): LocalConfig {
    const top = this.#values.mapping(value, [], TOP_KEYS) ?? {};
    return {
      file: this.#file,
      manifests: readManifestInputs(top["manifests"], this.#folder, this.#values),
      run: this.#entries(top["run"], "run", (target, entry, path) =>
        this.#run(target, entry, path),
      ),
      attach: this.#entries(top["attach"], "attach", (target, entry, path) =>
        this.#attach(target, entry, path),
      ),
      images: this.#images(top["images"]),
      stub: this.#stubs(top["stub"]),
      ...this.#network(top["network"]),
      gateway: this.#gateway(top["gateway"]),
      ...this.#cluster(top["cluster"]),
      ...this.#dns(top["dns"]),
      ...this.#apiServer(top["apiServer"]),
      ...this.#state(top["state"]),
      nodes: this.#nodes(top["nodes"]),
      backOff: this.#backOff(top["backOff"]),
      withoutEnvironment: this.#withoutEnvironment(top["environment"]),
    };
  }

  #entries<T>(
    value: unknown,
    section: "run" | "attach",
    read: (target: WorkloadTarget, entry: unknown, path: FieldPath) => T | undefined,
  ): T[] {
    if (value === undefined || value === null) return [];
    const mapping = this.#values.mapping(value, [section]);
    const entries: T[] = [];
    for (const [key, entry] of Object.entries(mapping ?? {})) {
      const path = [section, key];
      const namespace = isRecord(entry) ? entry["namespace"] : undefined;
      const reading = parseTarget(key, typeof namespace === "string" ? namespace : undefined);
      if ("target" in reading) {
        // Several containers of a pod, each with its own command: a list of entries.
        const several = Array.isArray(entry) && entry.length > 0 && entry.every(isRecord);
        const parts: [unknown, FieldPath][] = several
          ? entry.map((part, i) => [part, [...path, i]])
          : [[entry, path]];
        for (const [part, at] of parts) {
          const made = read(reading.target, part, at);
          if (made !== undefined) entries.push(made);
        }
      } else this.#values.error("config-target", path, reading.message, reading.hint, "key");
    }
    return entries;
  }

  #run(target: WorkloadTarget, value: unknown, path: FieldPath): RunEntry | undefined {
    const process = this.#process(value, path, RUN_KEYS);
    if (process === undefined) return undefined;
    const entry = isRecord(value) ? value : {};
    const container = this.#values.string(entry["container"], [...path, "container"]);
    const replicas = this.#values.count(entry["replicas"], [...path, "replicas"]);
    return {
      target,
      ...process,
      ...(replicas === undefined ? {} : { replicas }),
      ...(container === undefined ? {} : { container }),
      ...this.#beside(entry["beside"], path),
      position: this.#locator.locate(path, "key"),
    };
  }

  #images(value: unknown): ImageEntry[] {
    if (value === undefined || value === null) return [];
    const mapping = this.#values.mapping(value, ["images"]) ?? {};
    return Object.entries(mapping).flatMap(([pattern, entry]) => {
      const path = ["images", pattern];
      const process = this.#process(entry, path, PROCESS_KEYS);
      const position = this.#locator.locate(path, "key");
      return process === undefined ? [] : [{ pattern, ...process, position }];
    });
  }

  #stubs(value: unknown): StubEntry[] {
    return this.#values.strings(value, ["stub"]).flatMap((text, i) => {
      const path = ["stub", i];
      const reading = parseStub(text);
      if (!("message" in reading)) return [{ ...reading, position: this.#locator.locate(path) }];
      this.#values.error("config-target", path, reading.message, reading.hint);
      return [];
    });
  }

  /** @param value a mapping with these keys, or the command alone */
  #process(value: unknown, path: FieldPath, keys: readonly string[]): LocalProcess | undefined {
    const short = typeof value === "string" || Array.isArray(value);
    const entry = short ? { command: value as unknown } : this.#values.mapping(value, path, keys);
    if (entry === undefined) return undefined;
    const command = this.#command(entry["command"], short ? path : [...path, "command"], path);
    const cwd = this.#values.string(entry["cwd"], [...path, "cwd"]);
    const envFile = this.#values.string(entry["envFile"], [...path, "envFile"]);
    return {
      command,
      cwd: resolve(this.#folder, cwd ?? "."),
      env: this.#values.stringMap(entry["env"], [...path, "env"]),
      ...(envFile === undefined ? {} : { envFile: resolve(this.#folder, envFile) }),
    };
  }

  #command(value: unknown, path: FieldPath, entry: FieldPath): string | readonly string[] {
    const hint = "write command: [node, server.js], or a line for the shell";
    if (value === undefined || value === null) {
      this.#values.error("config-command", entry, "there is no command to run", hint, "key");
      return [];
    }
    if (typeof value === "string" && value.trim() !== "") return value;
    const words = this.#values.strings(value, path);
    if (words.length === 0 && (!Array.isArray(value) || value.length === 0)) {
      this.#values.error("config-command", path, "the command is empty", hint);
    }
    return words;
  }

  #attach(target: WorkloadTarget, value: unknown, path: FieldPath): AttachEntry | undefined {
    const entry = isRecord(value)
      ? this.#values.mapping(value, path, ATTACH_KEYS)
      : { addresses: value };
    const at = isRecord(value) ? [...path, "addresses"] : path;
    const list = Array.isArray(entry?.["addresses"]) ? entry["addresses"] : [entry?.["addresses"]];
    const addresses: AttachAddress[] = [];
    for (const [i, item] of list.entries()) {
      const text = typeof item === "string" || typeof item === "number" ? item : "";
      const address = parseAttachAddress(text);
      if (address !== undefined) addresses.push(address);
      else {
        this.#values.error(
          "config-address",
          Array.isArray(entry?.["addresses"]) ? [...at, i] : at,
          `${quote(String(item ?? ""))} is no address of a process`,
          "write 127.0.0.1:3000, localhost:3000 or [::1]:3000",
        );
      }
    }
    const beside = this.#beside(isRecord(value) ? value["beside"] : undefined, path);
    return { target, addresses, ...beside, position: this.#locator.locate(path, "key") };
  }

  #beside(value: unknown, path: FieldPath): Pick<RunEntry, "beside"> {
    if (value === undefined || value === null) return {};
    if (typeof value === "boolean") return { beside: value };
    this.#values.error("config-type", [...path, "beside"], "expected true or false");
    return {};
  }

  #gateway(value: unknown): GatewayEntry {
    if (value === undefined || value === null) return {};
    const entry = this.#values.mapping(value, ["gateway"], GATEWAY_KEYS) ?? {};
    const page = this.#switch(entry["page"], "gateway", "page");
    const classes = this.#classes(entry["classes"]);
    return { ...(page !== undefined && { page }), ...(classes && { classes }) };
  }

  /** `*`, which is what holds without a word, or a list of names. */
  #classes(value: unknown): readonly string[] | undefined {
    if (value === undefined || value === null || value === "*") return undefined;
    const path = ["gateway", "classes"];
    if (Array.isArray(value)) return this.#values.strings(value, path);
    this.#values.error(
      "config-type",
      path,
      'expected "*" or a list of class names',
      "write classes: [nginx]",
    );
    return undefined;
  }

  #switch(value: unknown, section: string, key: string): boolean | undefined {
    if (value === undefined || value === null || typeof value === "boolean")
      return value ?? undefined;
    const path = [section, key];
    this.#values.error("config-type", path, "expected on or off", `write ${key}: off`);
    return undefined;
  }

  #cluster(value: unknown): { readonly cluster?: ClusterConfig } {
    if (value === undefined || value === null) return {};
    const entry = this.#values.mapping(value, ["cluster"], CLUSTER_KEYS) ?? {};
    const context = this.#values.string(entry["context"], ["cluster", "context"]);
    const namespaces = this.#values.strings(entry["namespaces"], ["cluster", "namespaces"]);
    for (const [i, name] of namespaces.entries()) {
      for (const { message } of validateDns1123Label(name)) {
        this.#values.error("config-type", ["cluster", "namespaces", i], message);
      }
    }
    return {
      cluster: {
        ...(context !== undefined && { context }),
        ...(namespaces.length > 0 && { namespaces }),
        refuse: this.#values.strings(entry["refuse"], ["cluster", "refuse"]),
      },
    };
  }

  #network(value: unknown): Pick<LocalConfig, "network"> {
    const network = this.#values.oneOf(value, ["network"], NETWORK_MODES, "network of local pods");
    return network === undefined ? {} : { network };
  }

  #dns(value: unknown): Pick<LocalConfig, "dns"> {
    if (value === undefined || value === null) return {};
    const entry = this.#values.mapping(value, ["dns"], DNS_KEYS) ?? {};
    const what = "way of naming pods";
    const pods = this.#values.oneOf(entry["pods"], ["dns", "pods"], POD_RECORDS, what);
    const routes = this.#switch(entry["routes"], "dns", "routes");
    const ttl = this.#values.count(entry["ttl"], ["dns", "ttl"], "seconds");
    const cache = this.#values.count(entry["cache"], ["dns", "cache"], "seconds");
    const dns: DnsEntry = {
      ...(pods !== undefined && { pods }),
      ...(ttl !== undefined && { ttl }),
      ...(cache !== undefined && { cache }),
      ...this.#list(entry, "zones"),
      ...this.#list(entry, "upstream"),
      ...(routes === undefined ? {} : { routes }),
    };
    return { dns };
  }

  #list(entry: Readonly<Record<string, unknown>>, key: "zones" | "upstream") {
    const value = entry[key];
    return value === undefined ? {} : { [key]: this.#values.strings(value, ["dns", key]) };
  }

  #apiServer(value: unknown): Pick<LocalConfig, "apiServer"> {
    const text = this.#values.string(value, ["apiServer"]);
    if (text === undefined) return {};
    // A name, of a cluster in the cloud for instance, has no place in an EndpointSlice.
    if (text.includes(":") && parseAttachAddress(text) !== undefined) return { apiServer: text };
    this.#values.error(
      "config-address",
      ["apiServer"],
      `${quote(text)} is no address of an API server`,
      "write 127.0.0.1:6443, or [fd00::1]:6443",
    );
    return {};
  }

  #state(value: unknown): Pick<LocalConfig, "state"> {
    const folder = this.#values.string(value, ["state"]);
    return folder === undefined ? {} : { state: resolve(this.#folder, folder) };
  }

  #nodes(value: unknown): NodeEntry[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.#values.error(
        "config-type",
        ["nodes"],
        "expected a list",
        'begin each node with "- name:"',
      );
      return [];
    }
    const names = new Set<string>();
    return value.flatMap((item: unknown, i) => {
      const node = this.#values.mapping(item, ["nodes", i], NODE_KEYS);
      if (node === undefined) return [];
      const path = ["nodes", i, "name"];
      const name = this.#values.string(node["name"], path) ?? "";
      for (const { message } of validateDns1123Subdomain(name)) {
        this.#values.error("config-node", path, message);
      }
      if (names.has(name))
        this.#values.error("config-node", path, `there are two nodes ${quote(name)}`);
      names.add(name);
      const zone = this.#values.string(node["zone"], ["nodes", i, "zone"]);
      const labels = this.#values.stringMap(node["labels"], ["nodes", i, "labels"]);
      for (const [key, label] of Object.entries(labels)) {
        for (const { message } of [...validateLabelKey(key), ...validateLabelValue(label)]) {
          this.#values.error("config-node", ["nodes", i, "labels", key], message);
        }
      }
      const position = this.#locator.locate(["nodes", i]);
      return [{ name, ...(zone === undefined ? {} : { zone }), labels, position }];
    });
  }

  #backOff(value: unknown): BackOffEntry {
    if (value === undefined || value === null) return {};
    const entry = this.#values.mapping(value, ["backOff"], BACK_OFF_KEYS) ?? {};
    const base = this.#values.seconds(entry["base"], ["backOff", "base"]);
    const cap = this.#values.seconds(entry["cap"], ["backOff", "cap"]);
    return { ...(base === undefined ? {} : { base }), ...(cap === undefined ? {} : { cap }) };
  }

  #withoutEnvironment(value: unknown): EnvironmentSource[] {
    if (value === undefined || value === null) return [];
    const entry = this.#values.mapping(value, ["environment"], ENVIRONMENT_SOURCES) ?? {};
    return ENVIRONMENT_SOURCES.filter((source) => {
      const wanted = entry[source];
      if (wanted !== undefined && typeof wanted !== "boolean") {
        this.#values.error("config-type", ["environment", source], "expected true or false");
      }
      return wanted === false;
    });
  }
}
