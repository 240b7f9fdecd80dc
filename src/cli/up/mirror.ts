import { runningEngines } from "../../control/client.ts";
import type { LostPlace } from "../../control/lost-addresses.ts";
import type { LostAddress } from "../../engine/lost-addresses.ts";
import { claimMirror, type MirrorClaim, shareMirror } from "../../engine/mirror-claim.ts";
import type { LoopbackMirror } from "../../net/loopback-mirror.ts";
import { describeHolder } from "../../net/port-holder.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import type { Context } from "../command.ts";

/** An address to show by example how mirrors differ. */
const EXAMPLE = "10.96.0.1";

/**
 * The mirror that an `up` serves on: the one that was asked for, or the first that no other has.
 * @returns undefined, once that was said, when others have all of them.
 */
export async function claimFor(
  context: Context,
  asked: LoopbackMirror | undefined,
): Promise<MirrorClaim | undefined> {
  if (asked !== undefined) return shareMirror(asked);
  const claim = await claimMirror();
  if (claim?.mirror.number === 0) return claim;
  const engines = await runningEngines(privateFolder(context.env));
  const others = engines.map(({ info }) => `${info.folder} (pid ${info.pid})`).sort();
  const who = others.length === 0 ? "an up of another user" : `up of ${others.join(", ")}`;
  context.stderr.write(
    claim === undefined
      ? `note: others serve on every loopback mirror (${who}): no relays here, and DNS answers with addresses of the cluster\n`
      : `note: ${who} runs here too; this one has addresses of its own: ${EXAMPLE} is ${claim.mirror.addressOf(EXAMPLE)}, NodePorts are on ${claim.mirror.node}\n`,
  );
  return claim;
}

/** How a person finds the address of a Service on this machine. */
export function mirrorRule({ number, shift }: LoopbackMirror): string {
  return number === 0
    ? "each ClusterIP with 127 in front"
    : `each ClusterIP with 127 in front and ${shift} more in second place`;
}

/** What other commands are told of an address that could not be had. */
export function lostPlace({ relay, reason, holder }: LostAddress): LostPlace {
  const { service, namespace } = relay.target.key;
  return {
    service: { namespace, name: service },
    address: relay.address,
    host: relay.host,
    port: relay.port,
    protocol: relay.protocol,
    reason,
    ...(holder && { holder: describeHolder(holder) }),
  };
}
