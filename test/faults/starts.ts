import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What an `up` listens on where it starts, and the protocol of what has the port before it. */
const PLACES = [
  ["--dns", "udp"],
  ["--dns", "tcp"],
  ["--gateway", "tcp"],
  ["--https", "tcp"],
  ["--admin", "tcp"],
] as const;
const CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: any }\n";
const FREE = ["--dns", "--gateway", "--admin"].flatMap((option) => [option, "127.0.0.1:0"]);
/** The exit code of what could not listen. */
const REFUSED = 4;

/** What is wrong with how the program starts where a port is taken: it is to say which, and to exit. */
export async function wrongRefusals(program: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-taken-"));
  writeFileSync(join(folder, "config.yaml"), CONFIG);
  try {
    const found = [];
    for (const [option, protocol] of PLACES) {
      const taken = await take(protocol);
      try {
        const { code, stderr } = await run(program, folder, [
          ...[...FREE, option, `127.0.0.1:${taken.port}`],
          ...["-f", ".", "--api", "off", "--no-relays"],
        ]);
        const isTold = code === REFUSED && stderr.includes(`${taken.port}`);
        if (!isTold || stderr.includes("fault of kubelane")) {
          found.push(`${option} at a taken ${protocol} port: ${code} ${stderr.slice(-300)}`);
        }
      } finally {
        taken.close();
      }
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function take(protocol: "udp" | "tcp"): Promise<{ port: number; close(): void }> {
  if (protocol === "udp") {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return { port: socket.address().port, close: () => socket.close() };
  }
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { port, close: () => server.close() };
}

async function run(
  program: string,
  cwd: string,
  args: readonly string[],
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [program, "up", ...args], {
    cwd,
    env: { ...process.env, KUBELANE_RUNTIME_DIR: join(cwd, "run") },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 30_000,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code] = await once(child, "close");
  return { code, stderr };
}
