import { readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { isRecord } from "../../objects/json.ts";

/** A kubeconfig is invalid, or something that it refers to is missing. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
  readonly code = "invalid-kubeconfig";
}

/** One file's parsed text. */
export interface KubeconfigFile {
  /** Absolute: relative paths in it are relative to its folder. */
  readonly file: string;
  readonly value: unknown;
}

/** The program that a user's entry runs to get credentials (client.authentication.k8s.io). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint?: string;
  readonly provideClusterInfo: boolean;
  readonly interactive: boolean;
}

/** A user's credentials. */
export interface UserEntry {
  readonly name: string;
  readonly token?: string;
  /** Read again in the course of time: tokens in files are replaced before they expire. */
  readonly tokenFile?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly certificate?: { readonly cert: Buffer; readonly key: Buffer };
  readonly exec?: ExecPlugin;
  readonly impersonate?: Impersonation;
}

export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export interface ClusterEntry {
  readonly name: string;
  readonly server: URL;
  readonly ca?: Buffer;
  /** The name that the server's certificate must have, instead of the host in `server`. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly proxyUrl?: URL;
  /** The unchanged entry, for plugins that ask for it. */
  readonly source: Readonly<Record<string, unknown>>;
}

/** A context with what it refers to. */
export interface KubeContext {
  readonly name: string;
  /** The namespace of names without one, `default` where the context sets none. */
  readonly namespace: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

/**
 * The files of the configuration in order of precedence, found as by kubectl.
 * @param explicit from `--kubeconfig`: the only file, which must exist.
 */
export function kubeconfigPaths(
  env: NodeJS.ProcessEnv,
  explicit: string | undefined,
  platform: NodeJS.Platform = process.platform,
): { readonly paths: readonly string[]; readonly required: boolean } {
  if (explicit !== undefined) return { paths: [explicit], required: true };
  const listed = (env["KUBECONFIG"] ?? "")
    .split(platform === "win32" ? ";" : ":")
    .filter((path) => path !== "");
  if (listed.length > 0) return { paths: listed, required: false };
  const home = platform === "win32" ? (env["HOME"] ?? env["USERPROFILE"]) : env["HOME"];
  return { paths: home ? [resolve(home, ".kube/config")] : [], required: false };
}

/**
 * Merges several kubeconfig files as client-go does: the first file wins. It sets the current context, and its
 * entries hide later ones of the same name completely.
 */
export class Kubeconfig {
  readonly currentContext: string | undefined;
  readonly #contexts = new Map<string, Entry>();
  readonly #clusters = new Map<string, Entry>();
  readonly #users = new Map<string, Entry>();

  /** @throws KubeconfigError for an invalid file. */
  constructor(files: readonly KubeconfigFile[]) {
    let current: string | undefined;
    for (const { file, value } of files) {
      if (value === null || value === undefined) continue;
      if (!isRecord(value)) throw new KubeconfigError(`${file} is no kubeconfig: it is no mapping`);
      current ||= text(value["current-context"]);
      collect(file, value, "contexts", "context", this.#contexts);
      collect(file, value, "clusters", "cluster", this.#clusters);
      collect(file, value, "users", "user", this.#users);
    }
    this.currentContext = current;
  }

  get contextNames(): readonly string[] {
    return [...this.#contexts.keys()];
  }

  /**
   * A context with its cluster and user; files that these name (certificates, keys) are read now.
   * @param name Default: the current context.
   * @throws KubeconfigError when something it refers to is missing or invalid.
   */
  context(name: string | undefined = this.currentContext): KubeContext {
    if (name === undefined || name === "") {
      throw new KubeconfigError(
        `no current context is set; name one with --context: ${listed(this.contextNames)}`,
      );
    }
    const found = this.#contexts.get(name);
    if (found === undefined) {
      throw new KubeconfigError(
        `there is no context ${JSON.stringify(name)}; there are ${listed(this.contextNames)}`,
      );
    }
    const clusterName = text(found.value["cluster"]) ?? "";
    const cluster = this.#clusters.get(clusterName);
    if (cluster === undefined) {
      throw new KubeconfigError(
        `context ${name} of ${found.file} refers to cluster ${JSON.stringify(clusterName)}, which is not defined`,
      );
    }
    const userName = text(found.value["user"]) ?? "";
    const user = this.#users.get(userName);
    if (user === undefined && userName !== "") {
      throw new KubeconfigError(
        `context ${name} of ${found.file} refers to user ${JSON.stringify(userName)}, which is not defined`,
      );
    }
    return {
      name,
      namespace: text(found.value["namespace"]) ?? "default",
      cluster: readCluster(clusterName, cluster),
      user: user === undefined ? { name: "" } : readUser(userName, user),
    };
  }
}

interface Entry {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
}

function collect(
  file: string,
  config: Readonly<Record<string, unknown>>,
  list: string,
  field: string,
  into: Map<string, Entry>,
): void {
  const entries = config[list];
  if (entries === undefined || entries === null) return;
  if (!Array.isArray(entries)) throw new KubeconfigError(`${file}: ${list} is no list`);
  for (const entry of entries) {
    const name = isRecord(entry) ? text(entry["name"]) : undefined;
    const value = isRecord(entry) ? entry[field] : undefined;
    if (name === undefined || into.has(name)) continue;
    into.set(name, { file, value: isRecord(value) ? value : {} });
  }
}

function readCluster(name: string, { file, value }: Entry): ClusterEntry {
  const where = `cluster ${name} of ${file}`;
  const ca = readData(where, file, value, "certificate-authority");
  const tlsServerName = text(value["tls-server-name"]);
  const proxy = text(value["proxy-url"]);
  return {
    name,
    server: readUrl(where, "server", text(value["server"]) ?? ""),
    ...(ca && { ca }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    insecureSkipTlsVerify: value["insecure-skip-tls-verify"] === true,
    ...(proxy !== undefined && { proxyUrl: readUrl(where, "proxy-url", proxy) }),
    source: value,
  };
}

function readUser(name: string, { file, value }: Entry): UserEntry {
  const where = `user ${name} of ${file}`;
  if (value["auth-provider"] !== undefined) {
    throw new KubeconfigError(
      `${where} uses auth-provider, which clients dropped in Kubernetes 1.26; use the provider's exec plugin`,
    );
  }
  const cert = readData(where, file, value, "client-certificate");
  const key = readData(where, file, value, "client-key");
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? "client-certificate" : "client-key";
    throw new KubeconfigError(`${where} has no ${missing}, and one is no use without the other`);
  }
  const token = text(value["token"]);
  const tokenFile = text(value["tokenFile"]);
  const username = text(value["username"]);
  const exec = isRecord(value["exec"]) ? readExec(where, file, value["exec"]) : undefined;
  const impersonate = readImpersonation(where, value);
  return {
    name,
    ...(token !== undefined && { token }),
    ...(tokenFile !== undefined && { tokenFile: resolve(dirname(file), tokenFile) }),
    ...(username !== undefined && {
      basic: { username, password: text(value["password"]) ?? "" },
    }),
    ...(cert && key && { certificate: { cert, key } }),
    ...(exec && { exec }),
    ...(impersonate && { impersonate }),
  };
}

function readExec(
  where: string,
  file: string,
  exec: Readonly<Record<string, unknown>>,
): ExecPlugin {
  const apiVersion = text(exec["apiVersion"]) ?? "";
  if (!EXEC_VERSIONS.includes(apiVersion)) {
    throw new KubeconfigError(
      `${where} has an exec plugin of apiVersion ${JSON.stringify(apiVersion)}; known are ${EXEC_VERSIONS.join(" and ")}`,
    );
  }
  const command = text(exec["command"]);
  if (command === undefined)
    throw new KubeconfigError(`${where} has an exec plugin without command`);
  const installHint = text(exec["installHint"]);
  // A command with a path separator is a path; others are looked up in PATH.
  const isPath = /[/\\]/.test(command) && !isAbsolute(command);
  const env = listOf(exec["env"]).flatMap((each): [string, string][] => {
    const name = isRecord(each) ? text(each["name"]) : undefined;
    return name === undefined || !isRecord(each) ? [] : [[name, text(each["value"]) ?? ""]];
  });
  return {
    apiVersion,
    command: isPath ? resolve(dirname(file), command) : command,
    args: listOf(exec["args"]).map(String),
    env: Object.fromEntries(env),
    ...(installHint !== undefined && { installHint }),
    provideClusterInfo: exec["provideClusterInfo"] === true,
    interactive: exec["interactiveMode"] === "Always",
  };
}

const EXEC_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

function readImpersonation(
  where: string,
  value: Readonly<Record<string, unknown>>,
): Impersonation | undefined {
  const user = text(value["as"]);
  const uid = text(value["as-uid"]);
  const groups = listOf(value["as-groups"]).map(String);
  const extra = isRecord(value["as-user-extra"]) ? value["as-user-extra"] : {};
  if (user === undefined) {
    if (uid === undefined && groups.length === 0 && Object.keys(extra).length === 0)
      return undefined;
    throw new KubeconfigError(
      `${where} impersonates groups, a uid or extra fields, but no user (as)`,
    );
  }
  return {
    user,
    ...(uid !== undefined && { uid }),
    groups,
    extra: Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [key, listOf(values).map(String)]),
    ),
  };
}

/** The base64 content of a field (`…-data`, which takes precedence), or that of the file it names. */
function readData(
  where: string,
  file: string,
  value: Readonly<Record<string, unknown>>,
  field: string,
): Buffer | undefined {
  const data = text(value[`${field}-data`]);
  if (data !== undefined) return Buffer.from(data, "base64");
  const path = text(value[field]);
  if (path === undefined) return undefined;
  const found = resolve(dirname(file), path);
  try {
    return readFileSync(found);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new KubeconfigError(`${where}: ${field} can't be read: ${reason}`, { cause });
  }
}

function readUrl(where: string, field: string, value: string): URL {
  // Like kubectl, a server without a scheme is read as http.
  const url = tryUrl(value) ?? tryUrl(`http://${value}`);
  if (value === "" || !url || url.hostname === "") {
    throw new KubeconfigError(`${where}: ${field} ${JSON.stringify(value)} is no URL`);
  }
  return url;
}

function tryUrl(value: string): URL | undefined {
  try {
    const url = new URL(value);
    return /^(https?|socks5):$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Empty strings count as absent, as in Go. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none, as no kubeconfig was found" : names.join(", ");
}
