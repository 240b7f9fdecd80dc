import { once } from "node:events";
import { createServer } from "node:net";
import { LoopbackMirror } from "../net/loopback-mirror.ts";

/** The loopback mirror that this process serves on. */
export interface MirrorClaim {
  readonly mirror: LoopbackMirror;
  release(): void;
}

/**
 * Takes the first loopback mirror that no other process of this machine has taken, so that two which serve the same
 * addresses don't get each other's clients. The claim is a socket in Linux' abstract namespace: like loopback
 * addresses, that belongs to a network namespace, and the kernel releases it when the process ends in whatever way.
 * On other systems all processes use the first mirror.
 * @returns undefined when all are taken.
 */
export async function claimMirror(
  platform: NodeJS.Platform = process.platform,
): Promise<MirrorClaim | undefined> {
  for (const mirror of LoopbackMirror.all) {
    const claim = await take(mirror, platform);
    if (claim !== undefined) return claim;
  }
  return undefined;
}

/**
 * Takes this mirror even if other processes have taken it as well: with different cluster addresses they can share
 * it.
 */
export async function shareMirror(mirror: LoopbackMirror): Promise<MirrorClaim> {
  return (await take(mirror, process.platform)) ?? { mirror, release() {} };
}

async function take(
  mirror: LoopbackMirror,
  platform: NodeJS.Platform,
): Promise<MirrorClaim | undefined> {
  if (platform !== "linux") return { mirror, release() {} };
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen({ path: `\0kubelane-mirror-${mirror.number}` }), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    // Where abstract sockets can't be used, claims are impossible; that is no reason not to serve.
    return { mirror, release() {} };
  }
  server.unref();
  server.on("error", () => {});
  return { mirror, release: () => void server.close() };
}
