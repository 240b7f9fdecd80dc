import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { missingOf } from "./facts.ts";
import type { Namespace, NamespaceOptions } from "./namespace.ts";
import { quote } from "./script-text.ts";

/** Where pods find the machine's own loopback. `pasta` makes the gateway of its network that. */
export const MACHINE = "169.254.2.1";
/** By which name. */
export const MACHINE_NAME = "host.kubelane.internal";

/** As whom the router goes out, and by which interface. */
const OWN_ADDRESS = "169.254.2.2";
const INTERFACE = "outside";

/** Milliseconds until the interface has to be there, and between looks for it. */
const PATIENCE = 5_000;
const LOOK = 5;

/** There is no way out of the network. */
export class OfflineError extends Error {
  override readonly name = "OfflineError";
  readonly code = "offline";
  /** Programs that were not found. */
  readonly missing: readonly string[];

  constructor(message: string, missing: readonly string[] = []) {
    super(message);
    this.missing = missing;
  }
}

/**
 * The way from a network to whatever this machine reaches: `pasta` gives its router an interface, and opens the
 * connections that come out there as any program of this user would.
 */
export class WayOut {
  readonly #keeper: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(keeper: ChildProcess, ended: Promise<void>) {
    this.#keeper = keeper;
    this.#ended = ended;
  }

  /** @throws OfflineError */
  static async open(namespace: Namespace, options: NamespaceOptions): Promise<WayOut> {
    const missing = missingOf(["pasta", "nft"], options.path);
    if (missing.length > 0) throw new OfflineError(`${missing.join(" and ")} not found`, missing);
    const { pid = 0 } = namespace;
    const keeper = spawn("sh", ["-c", keeperScript(pid, options.isRoot)], {
      env: { PATH: options.path },
      stdio: ["pipe", "ignore", "pipe"],
      // Ctrl-C of a terminal is for the program that has the way out, which may take its time.
      detached: true,
    });
    keeper.stdin?.on("error", () => {});
    let said = "";
    keeper.stderr?.on("data", (text) => (said += text));
    const ended = new Promise<void>((resolve) => {
      keeper.once("error", () => resolve());
      keeper.once("close", () => resolve());
    });
    const wayOut = new WayOut(keeper, ended);
    // Its output stays open as long as the one that watches for our end.
    keeper.once("exit", () => keeper.stdin?.end());
    const isThere = await Promise.race([hasInterface(pid), ended.then(() => false)]);
    if (!isThere) {
      await wayOut.close();
      throw new OfflineError(reasonIn(said));
    }
    await namespace.setUp(MASQUERADE);
    return wayOut;
  }

  async close(): Promise<void> {
    this.#keeper.stdin?.end();
    await this.#ended;
  }
}

/**
 * Runs pasta, and ends it when this process ends, in whatever way: then nobody holds the other end of its input. Nothing
 * from outside is let in, and what it has of the network's own addresses is given, as those of the machine could be the
 * cluster's too.
 */
function keeperScript(pid: number, isRoot: boolean): string {
  const words = ["pasta", "--foreground", "--quiet", "--ipv4-only", "--config-net"];
  words.push("--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none");
  words.push("--address", OWN_ADDRESS, "--netmask", "30", "--gateway", MACHINE);
  words.push("--ns-ifname", INTERFACE, "--no-dhcp", "--no-ra", "--no-ndp");
  // As root it gives up the power to look into other processes before it looks for the network.
  if (isRoot) words.push("--runas", "0", "--netns-only", "--netns", "/proc/self/fd/9");
  else words.push("--userns", `/proc/${pid}/ns/user`, "--netns", `/proc/${pid}/ns/net`);
  return [
    "exec 3<&0",
    ...(isRoot ? [`exec 9</proc/${pid}/ns/net`] : []),
    `${words.map(quote).join(" ")} 3<&- &`,
    "pasta=$!",
    // Of what stands between two parallel processes of a shell, only a file survives: /dev/null is the input of each.
    '(cat <&3 >/dev/null; kill -9 "$pasta" 2>/dev/null) 9<&- &',
    "exec 3<&-",
    'wait "$pasta"',
  ].join("\n");
}

async function hasInterface(pid: number): Promise<boolean> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const devices = await readFile(`/proc/${pid}/net/dev`, "utf8").catch(() => "");
    const routes = await readFile(`/proc/${pid}/net/route`, "utf8").catch(() => "");
    // The route comes last.
    if (devices.includes(`${INTERFACE}:`) && /^outside\t00000000\t/m.test(routes)) return true;
    await setTimeout(LOOK);
  }
  return false;
}

/** What it says of the log that it can't write is none of it. */
function reasonIn(said: string): string {
  const lines = said.split("\n").filter((line) => line !== "" && !/syslog|for IPv6/.test(line));
  return lines.at(-1) ?? "pasta did not come up";
}

/** pasta knows one address inside: every pod goes out as the router. */
const MASQUERADE = `nft -f - <<'END'
table ip kubelane {
  chain out {
    type nat hook postrouting priority 100; policy accept;
    oifname "${INTERFACE}" masquerade
  }
}
END`;
