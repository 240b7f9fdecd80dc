import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { said } from "../support/said.ts";
import { USERS } from "./users.ts";

/** Debian keeps the server off the PATH, by version. */
const VERSIONS = "/usr/lib/postgresql";

/** The server's program, to be looked for. */
export const POSTGRES = join(folderOfTools(), "postgres");

function folderOfTools(): string {
  try {
    const [newest = ""] = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
    return join(VERSIONS, newest, "bin");
  } catch {
    return "";
  }
}

export interface PostgresServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** A PostgreSQL of its own on a free port, with the superuser `app`. It refuses to be run by root. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-postgres-"));
  chmodSync(folder, 0o777);
  const data = join(folder, "data");
  const [user] = USERS;
  const run = (tool: string, args: readonly string[]): [string, string[]] => {
    const line = [...(user?.prefix ?? []), join(folderOfTools(), tool), "-D", data, ...args];
    return [line[0] ?? "", line.slice(1)];
  };
  const [program, words] = run("initdb", ["-U", "app", "-A", "trust", "--no-sync", "--locale=C"]);
  const made = spawnSync(program, words, { encoding: "utf8", cwd: folder });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const options = ["-F", "-h", "127.0.0.1", "-p", `${port}`, "-k", ""];
  const [server, rest] = run("postgres", options);
  const child: ChildProcess = spawn(server, rest, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  await said(child, "stderr", /ready to accept connections/);
  return {
    port,
    async stop() {
      child.kill("SIGINT");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
