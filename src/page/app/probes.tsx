import type { LastProbe } from "../messages.ts";
import { MarkIcon } from "./mark.tsx";
import { Time } from "./parts.tsx";
import { t, type Word } from "./words.ts";

const KINDS: Readonly<Record<LastProbe["kind"], Word>> = {
  startup: "probeStartup",
  readiness: "probeReadiness",
  liveness: "probeLiveness",
  connect: "probeConnect",
};

/** The last results of a pod's probes, with their times. */
export function Probes({ probes }: { probes: readonly LastProbe[] }) {
  const isOne = new Set(probes.map(({ container }) => container)).size === 1;
  return (
    <ul class="plain">
      {probes.map(({ container, kind, at, ok, message }) => (
        <li key={`${container} ${kind}`}>
          <MarkIcon tone={ok ? "ok" : "bad"} /> {isOne ? "" : `${container}, `}
          {t(KINDS[kind])} {t(ok ? "probePassed" : "probeFailed")}
          {message !== undefined && `: ${message}`}{" "}
          <small>
            <Time at={at} />
          </small>
        </li>
      ))}
    </ul>
  );
}
