import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { ClusterEntry, ExecPlugin, UserEntry } from "./kubeconfig.ts";

/** The headers or certificate by which a request is authenticated. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly certificate?: { readonly cert: Buffer | string; readonly key: Buffer | string };
}

/** No credentials are available: the plugin failed, or the token file is gone. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
  readonly code = "no-credentials";
}

export interface CredentialSourceOptions {
  readonly user: UserEntry;
  readonly cluster: ClusterEntry;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly runPlugin?: typeof runPlugin;
}

/** A token file is read again after this time, as by client-go: a kubelet renews it well before it expires. */
const TOKEN_FILE_TTL = 60_000;

/** The credentials of a user, renewed when they expire. */
export class CredentialSource {
  readonly #options: CredentialSourceOptions;
  readonly #run: typeof runPlugin;
  #kept: { readonly credentials: Credentials; readonly until: number } | undefined;
  /** Requests that start together share one run of the plugin. */
  #renewal: Promise<Credentials> | undefined;

  constructor(options: CredentialSourceOptions) {
    this.#options = options;
    this.#run = options.runPlugin ?? runPlugin;
  }

  /** @throws CredentialsError */
  async get(): Promise<Credentials> {
    if (this.#kept !== undefined && this.#options.now() < this.#kept.until) {
      return this.#kept.credentials;
    }
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** The server rejected these credentials (401): renewable ones are renewed at the next request. */
  refused(credentials: Credentials): void {
    if (this.#kept?.credentials === credentials) this.#kept = undefined;
  }

  /** Whether new credentials may differ from the rejected ones. */
  get renewable(): boolean {
    const { exec, tokenFile } = this.#options.user;
    return exec !== undefined || tokenFile !== undefined;
  }

  async #renew(): Promise<Credentials> {
    const { user, cluster, env, now } = this.#options;
    const { credentials, until } = await this.#find(user, cluster, env, now());
    const complete = {
      ...credentials,
      headers: { ...credentials.headers, ...impersonation(user) },
    };
    this.#kept = { credentials: complete, until };
    return complete;
  }

  async #find(
    user: UserEntry,
    cluster: ClusterEntry,
    env: NodeJS.ProcessEnv,
    now: number,
  ): Promise<{ readonly credentials: Credentials; readonly until: number }> {
    const certificate = user.certificate && { certificate: user.certificate };
    if (user.tokenFile !== undefined) {
      const token = await readToken(user.tokenFile).catch((error: unknown) => {
        // As client-go: the token in the kubeconfig is used until the file can be read.
        if (user.token !== undefined) return user.token;
        throw error;
      });
      return {
        credentials: { headers: bearer(token), ...certificate },
        until: now + TOKEN_FILE_TTL,
      };
    }
    if (user.token !== undefined) {
      return { credentials: { headers: bearer(user.token), ...certificate }, until: Infinity };
    }
    if (user.basic !== undefined) {
      const { username, password } = user.basic;
      const value = Buffer.from(`${username}:${password}`).toString("base64");
      const headers = { authorization: `Basic ${value}` };
      return { credentials: { headers, ...certificate }, until: Infinity };
    }
    if (user.exec !== undefined) return this.#run(user.exec, cluster, env);
    return { credentials: { headers: {}, ...certificate }, until: Infinity };
  }
}

function bearer(token: string): Credentials["headers"] {
  return { authorization: `Bearer ${token}` };
}

function impersonation({ impersonate }: UserEntry): Credentials["headers"] {
  if (impersonate === undefined) return {};
  const { user, uid, groups, extra } = impersonate;
  return {
    "impersonate-user": user,
    ...(uid !== undefined && { "impersonate-uid": uid }),
    ...(groups.length > 0 && { "impersonate-group": groups }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
        values,
      ]),
    ),
  };
}

async function readToken(file: string): Promise<string> {
  try {
    const token = (await readFile(file, "utf8")).trim();
    if (token === "") throw new Error("it is empty");
    return token;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new CredentialsError(`the token file ${file} can't be used: ${reason}`, { cause });
  }
}

/** A plugin may wait for a person to log in with a browser; this is the longest that requests wait for it. */
const PLUGIN_TIMEOUT = 120_000;

/**
 * Runs an exec plugin as client-go does: the request is passed in KUBERNETES_EXEC_INFO, an ExecCredential is read
 * from stdout.
 * @throws CredentialsError with the plugin's output.
 */
export async function runPlugin(
  plugin: ExecPlugin,
  cluster: ClusterEntry,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly credentials: Credentials; readonly until: number }> {
  const { apiVersion, command, args, installHint } = plugin;
  const info = {
    kind: "ExecCredential",
    apiVersion,
    spec: {
      interactive: false,
      ...(plugin.provideClusterInfo && { cluster: clusterInfo(cluster) }),
    },
  };
  const hint = installHint === undefined ? "" : `\n${installHint}`;
  if (plugin.interactive) {
    throw new CredentialsError(
      `the plugin ${command} asks for a terminal (interactiveMode: Always), and there is none here; log in with kubectl first`,
    );
  }
  const output = await new Promise<string>((resolve, reject) => {
    const options = {
      env: { ...env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: PLUGIN_TIMEOUT,
      maxBuffer: 1 << 20,
    };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const reason = missing ? `there is no program ${command}` : stderr.trim() || error.message;
      const message = `the credential plugin ${command} failed: ${reason}${missing ? hint : ""}`;
      reject(new CredentialsError(message, { cause: error }));
    }).stdin?.end();
  });
  return readExecCredential(command, apiVersion, output);
}

interface ExecStatus {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

/** @throws CredentialsError */
export function readExecCredential(
  command: string,
  apiVersion: string,
  output: string,
): { readonly credentials: Credentials; readonly until: number } {
  const refuse = (why: string): never => {
    throw new CredentialsError(`the credential plugin ${command} ${why}`);
  };
  let answer: { kind?: unknown; apiVersion?: unknown; status?: ExecStatus };
  try {
    answer = JSON.parse(output);
  } catch {
    return refuse("printed no JSON");
  }
  if (answer?.kind !== "ExecCredential" || answer.apiVersion !== apiVersion) {
    return refuse(
      `answered with ${answer?.kind} ${answer?.apiVersion}, not with ExecCredential ${apiVersion}`,
    );
  }
  const {
    token,
    clientCertificateData: cert,
    clientKeyData: key,
    expirationTimestamp,
  } = answer.status ?? {};
  if (token === undefined && cert === undefined) {
    return refuse("gave neither a token nor a client certificate");
  }
  if ((cert === undefined) !== (key === undefined)) return refuse("gave half a client certificate");
  const until = expirationTimestamp === undefined ? Infinity : Date.parse(expirationTimestamp);
  return {
    credentials: {
      headers: token === undefined ? {} : bearer(token),
      ...(cert !== undefined && key !== undefined && { certificate: { cert, key } }),
    },
    until: Number.isNaN(until) ? 0 : until,
  };
}

function clusterInfo({ server, source }: ClusterEntry): Record<string, unknown> {
  const extensions = Array.isArray(source["extensions"]) ? source["extensions"] : [];
  const own = extensions.find((each) => each?.name === "client.authentication.k8s.io/exec");
  return {
    server: server.href.replace(/\/$/, ""),
    ...pick(
      source,
      "tls-server-name",
      "insecure-skip-tls-verify",
      "certificate-authority-data",
      "proxy-url",
    ),
    config: own?.extension ?? null,
  };
}

function pick(from: Readonly<Record<string, unknown>>, ...fields: readonly string[]) {
  return Object.fromEntries(fields.flatMap((f) => (f in from ? [[f, from[f]] as const] : [])));
}
