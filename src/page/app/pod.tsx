import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import {
  type LastProbe,
  type LogRecord,
  POD_PATH,
  type PodDetails,
  RESTART_PATH,
} from "../messages.ts";
import type { WorldPod } from "../world.ts";
import { spansOf, withoutColours } from "./ansi.ts";
import { ask, withQuery } from "./ask.ts";
import { CopyButton, NeedsSession, Sections, StateBadge, Trouble, useAnswer } from "./parts.tsx";
import { linkToService } from "./place.ts";
import { Probes } from "./probes.tsx";
import { CheckField, SearchField } from "./search-fields.tsx";
import { stateOfPod } from "./state.ts";
import { follow, hello, logLines, world } from "./stream.ts";
import { t } from "./words.ts";

/** Milliseconds between two queries for probe results. */
const PROBES = 3000;
/** Lines that are shown; the search covers all that are kept. */
const MAX_LINES = 1000;

export function PodView({ id }: { id: string }) {
  const [namespace = "", name = ""] = id.split("/");
  const pod = world.value.pods.get(id);
  const { hasSession = false } = hello.value ?? {};
  const { data, error } = useAnswer<PodDetails>(
    hasSession ? withQuery(POD_PATH, { namespace, name }) : undefined,
    pod,
    PROBES,
  );
  useEffect(() => {
    // The stream follows the pod's logs, if there is a session.
    if (!hasSession) follow({});
  }, [hasSession]);
  if (pod === undefined) {
    return (
      <>
        <h1>{id}</h1>
        {hello.value !== undefined && <p class="empty">{t("gone")}</p>}
      </>
    );
  }
  const containers = data?.containers ?? [];
  return (
    <>
      <h1>
        <small>{t("pod")}</small> {id}
      </h1>
      <Summary pod={pod} probes={data?.probes ?? []} />
      <NeedsSession>
        <Logs id={id} containers={containers.map((each) => each.name)} />
        <section class="card">
          <h2>{t("details")}</h2>
          <Sections sections={data?.sections.slice(1) ?? []} />
          <Trouble error={error} />
        </section>
        {containers.map((container) => (
          <Environment key={container.name} container={container} />
        ))}
      </NeedsSession>
    </>
  );
}

function Summary({ pod, probes }: { pod: WorldPod; probes: readonly LastProbe[] }) {
  const services = [...world.value.services.values()].filter(({ endpoints }) =>
    endpoints.includes(pod.id),
  );
  const exec = `kubectl exec -it -n ${pod.namespace} ${pod.name} -- sh`;
  return (
    <section class="card">
      <dl class="pairs">
        <dt>{t("state")}</dt>
        <dd>
          <StateBadge state={stateOfPod(pod)} />
        </dd>
        {pod.why !== undefined && (
          <>
            <dt>{t("why")}</dt>
            <dd class="bad">{pod.why}</dd>
          </>
        )}
        {probes.length > 0 && (
          <>
            <dt>{t("lastProbe")}</dt>
            <dd>
              <Probes probes={probes} />
            </dd>
          </>
        )}
        <dt>{t("address")}</dt>
        <dd>
          <code>{pod.address ?? "–"}</code>
        </dd>
        <dt>{t("restarts")}</dt>
        <dd>{pod.restarts}</dd>
        <dt>{t("home")}</dt>
        <dd>{t(pod.home)}</dd>
        <dt>{t("labels")}</dt>
        <dd>
          <code>
            {Object.entries(pod.labels)
              .map(([key, value]) => `${key}=${value}`)
              .join(", ") || t("noLabels")}
          </code>
        </dd>
        {services.length > 0 && (
          <>
            <dt>{t("services")}</dt>
            <dd>
              {services.map((service) => (
                <a key={service.id} class="spaced" href={linkToService(service.id)}>
                  {service.id}
                </a>
              ))}
            </dd>
          </>
        )}
        {pod.home === "process" && (
          <>
            <dt>{t("exec")}</dt>
            <dd>
              <code>{exec}</code> <CopyButton text={exec} />
            </dd>
          </>
        )}
      </dl>
      {pod.home === "process" && <Restart pod={pod} />}
    </section>
  );
}

function Restart({ pod: { namespace, name } }: { pod: WorldPod }) {
  const state = useSignal<"" | "restarting" | "restarted" | "restartFailed" | Error>("");
  if (hello.value?.mayChange !== true) return null;
  const restart = async () => {
    state.value = "restarting";
    state.value = await ask<{ isUp: boolean }>(
      withQuery(RESTART_PATH, { namespace, name }),
      {},
    ).then(
      ({ isUp }) => (isUp ? "restarted" : "restartFailed"),
      (error: Error) => error,
    );
  };
  const { value } = state;
  return (
    <p class="row" role="status">
      <button type="button" disabled={value === "restarting"} onClick={restart}>
        {t("restart")}
      </button>
      {value instanceof Error ? <Trouble error={value} /> : value !== "" && t(value)}
    </p>
  );
}

function Logs({ id, containers }: { id: string; containers: readonly string[] }) {
  const chosen = useSignal<string | undefined>(undefined);
  const filter = useSignal("");
  const isFollowing = useSignal(true);
  /** The lines at the moment when following was switched off. */
  const frozen = useSignal<readonly LogRecord[]>([]);
  const container = chosen.value ?? containers[0];
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (container !== undefined) follow({ logs: { pod: id, container } });
  }, [id, container]);
  const text = filter.value.toLowerCase();
  const all = isFollowing.value ? logLines.value : frozen.value;
  const found = all.filter(
    ({ line }) => text === "" || withoutColours(line).toLowerCase().includes(text),
  );
  const drawn = found.slice(-MAX_LINES);
  useEffect(() => {
    if (isFollowing.value) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [drawn.length, drawn.at(-1)]);
  return (
    <section class="card">
      <h2>{t("logs")}</h2>
      <search class="filters">
        {containers.length > 1 && (
          <label>
            {t("container")}
            <select
              value={container}
              onChange={({ currentTarget }) => (chosen.value = currentTarget.value)}
            >
              {containers.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
        )}
        <SearchField label="search" value={filter} isWide />
        <CheckField
          label="follow"
          isChecked={isFollowing.value}
          onChange={(isChecked) => {
            frozen.value = logLines.value;
            isFollowing.value = isChecked;
          }}
        />
      </search>
      <div class="logs" ref={box} tabIndex={0} role="log" aria-label={t("logs")}>
        {drawn.length === 0 && <p class="hint">{t("noLogs")}</p>}
        {drawn.map((record) => (
          <div key={record} title={new Date(record.time).toISOString()}>
            {spansOf(record.line).map(({ text: part, look }) =>
              look === "" ? part : <span class={look}>{part}</span>,
            )}
          </div>
        ))}
      </div>
    </section>
  );
}

function Environment({ container }: { container: PodDetails["containers"][number] }) {
  if (container.environment.length === 0) return null;
  return (
    <section class="card">
      <h2>
        {t("environment")} <small>{container.name}</small>
      </h2>
      <dl class="pairs mono">
        {container.environment.map(({ name, value, from }) => (
          <>
            <dt>{name}</dt>
            <dd>{from === undefined ? value : <em>{from}</em>}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
