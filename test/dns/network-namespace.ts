import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Addresses of a pair of interfaces, in the range for tests of networks (RFC 2544): ours and theirs. */
function addressPair(id: number): [string, string] {
  const [high, low] = [(id >> 6) & 255, (id & 63) << 2];
  return [`198.18.${high}.${low + 1}`, `198.18.${high}.${low + 2}`];
}

/** Where `ip netns exec` takes the files from that it puts into /etc. */
const ETC = "/etc/netns";

/**
 * A network namespace joined to ours by a pair of interfaces, with a resolv.conf of its own, as a pod has
 * them. Needs root on Linux and `ip`.
 */
export interface NetworkNamespace extends Disposable {
  /** Our end: where a server is reached from inside. */
  readonly host: string;
  /** What glibc and musl read inside; glibc asks DNS alone. */
  configure(resolvConf: string): void;
  /** @returns what it wrote to stdout; rejects when it fails. */
  exec(command: string, ...args: string[]): Promise<string>;
}

/** Whether one can be made here; a container may be root and still not be allowed to. */
export function canMakeNetworkNamespace(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    createNetworkNamespace()[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

export function createNetworkNamespace(): NetworkNamespace {
  const name = `kubelane-${process.pid}`;
  const [here, there] = [`kl${process.pid}a`.slice(-15), `kl${process.pid}b`.slice(-15)];
  const [ours, theirs] = addressPair(process.pid);
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: "ignore" });
  const folder = join(ETC, name);
  const remove = () => {
    for (const args of [
      ["link", "del", here],
      ["netns", "del", name],
    ]) {
      try {
        ip(...args);
      } catch {
        // It was not there, or went with the other end.
      }
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    ip("netns", "add", name);
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name);
    ip("addr", "add", `${ours}/30`, "dev", here);
    ip("link", "set", here, "up");
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "addr", "add", `${theirs}/30`, "dev", there);
    ip("-n", name, "link", "set", there, "up");
  } catch (error) {
    remove();
    throw error;
  }
  return {
    host: ours,
    configure(resolvConf) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "resolv.conf"), resolvConf);
      writeFileSync(join(folder, "nsswitch.conf"), "hosts: dns\n");
    },
    exec: async (...command) => (await run("ip", ["netns", "exec", name, ...command])).stdout,
    [Symbol.dispose]: remove,
  };
}
