import { once } from "node:events";
import { createServer } from "node:net";
import { LoopbackMirror } from "../net/loopback-mirror.ts";

/** A loopback mirror that this process serves on. */
export interface MirrorClaim {
  readonly mirror: LoopbackMirror;
  release(): void;
}

/**
 * Takes the first loopback mirror that nobody else on this machine has taken, so that two who serve the same
 * addresses don't answer each other's clients. The claim is a socket in Linux' abstract namespace, which belongs to
 * the network that the addresses belong to, and which the kernel gives up with the process, however that ends.
 * Elsewhere the first mirror is everybody's.
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

/** Takes this one, even if others have taken it as well: whose addresses differ can share a mirror. */
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
    // Where abstract sockets can't be used there is no way to ask, and that is no reason not to serve.
    return { mirror, release() {} };
  }
  server.unref();
  server.on("error", () => {});
  return { mirror, release: () => void server.close() };
}
