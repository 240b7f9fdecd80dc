import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  edgeEnd,
  edgeKey,
  SERVICE_PATH,
  type ServiceDetails,
  TRY_PATH,
  type TryAnswer,
} from "../messages.ts";
import type { WorldService } from "../world.ts";
import { ask, withQuery } from "./ask.ts";
import { Callers } from "./callers.tsx";
import { formatDuration, formatRate } from "./map/traffic.ts";
import {
  CopyButton,
  NeedsSession,
  Scroll,
  Sections,
  StateBadge,
  Trouble,
  useAnswer,
} from "./parts.tsx";
import { linkToPod } from "./place.ts";
import { Probes } from "./probes.tsx";
import { RequestTable } from "./request-table.tsx";
import { stateOfPod, stateOfService } from "./state.ts";
import { follow, hello, rates, requests, world } from "./stream.ts";
import { t } from "./words.ts";
import { Workloads } from "./workloads.tsx";

/** Milliseconds between two queries for probe results. */
const PROBES = 3000;

/** Sections that this page shows in another form. */
const SHOWN_OTHERWISE = /^(?:Service |trouble|next|endpoints|pods |near misses)/;
/** The section about pods that nearly match the selector, which is shown next to the selector. */
const MISSES = "near misses";

export function ServiceView({ id }: { id: string }) {
  const service = world.value.services.get(id);
  const [namespace = "", name = ""] = id.split("/");
  const { data, error } = useAnswer<ServiceDetails>(
    withQuery(SERVICE_PATH, { namespace, name }),
    service,
    PROBES,
  );
  useEffect(() => follow({ requests: true, traffic: { totals: [id], lines: [id] } }), [id]);
  if (service === undefined) {
    return (
      <>
        <h1>{id}</h1>
        {hello.value !== undefined && <p class="empty">{t("gone")}</p>}
      </>
    );
  }
  const live = requests.value.filter((each) => each.service === id);
  const numbers = new Set(live.map(({ number }) => number));
  const earlier = (data?.requests ?? []).filter(({ number }) => !numbers.has(number));
  const last = [...earlier, ...live].sort((a, b) => b.number - a.number).slice(0, 50);
  const said = data?.sections ?? [];
  const sections = said.filter(({ title }) => !SHOWN_OTHERWISE.test(title));
  const misses = said.filter(({ title }) => title === MISSES);
  return (
    <>
      <h1>
        <small>{t("service")}</small> {service.namespace}/{service.name}
      </h1>
      <Summary service={service} />
      {misses.length > 0 && (
        <section class="card callout">
          <Sections sections={misses} isTop />
        </section>
      )}
      <Endpoints service={service} data={data} />
      <Callers service={id} />
      <Routes id={id} />
      <section class="card">
        <h2>{t("details")}</h2>
        <Sections sections={sections} />
        <Trouble error={error} />
      </section>
      <section class="card">
        <h2>{t("lastRequests")}</h2>
        <NeedsSession>
          {last.length === 0 ? (
            <p class="hint">{t("noRequests")}</p>
          ) : (
            <RequestTable requests={last} label={t("lastRequests")} isOfOne />
          )}
        </NeedsSession>
      </section>
      <TryIt service={service} />
    </>
  );
}

function Summary({ service }: { service: WorldService }) {
  const { address, url, problem, ready, total, selector } = service;
  const full = `${service.name}.${service.namespace}.svc.${hello.value?.clusterDomain ?? ""}`;
  const traffic = rates.value.get(edgeKey(edgeEnd.anyone, edgeEnd.service(service.id)));
  const state = stateOfService(service);
  const counts = service.type === "ExternalName" ? "" : ` · ${ready}/${total}`;
  return (
    <section class="card">
      <dl class="pairs">
        <dt>{t("state")}</dt>
        <dd>
          <StateBadge state={state} more={counts} />
        </dd>
        {problem !== undefined && (
          <>
            <dt>{t("why")}</dt>
            <dd class="bad">
              <span role="status">{problem}</span>
            </dd>
          </>
        )}
        <dt>{t("address")}</dt>
        <dd>
          <code>{address}</code> <CopyButton text={address} />
        </dd>
        <dt>DNS</dt>
        <dd>
          <code>{full}</code> <CopyButton text={full} />
        </dd>
        {url !== undefined && (
          <>
            <dt>URL</dt>
            <dd>
              <a href={url} target="_blank" rel="noreferrer">
                {url}
              </a>{" "}
              <CopyButton text={url} />
            </dd>
          </>
        )}
        <dt>{t("selector")}</dt>
        <dd>
          <code>{selector ?? t("none")}</code>
        </dd>
        {traffic !== undefined && (
          <>
            <dt>{t("traffic")}</dt>
            <dd>
              {formatRate(traffic.rate)}
              {t("perSecond")}, p50 {formatDuration(traffic.p50)}, p99 {formatDuration(traffic.p99)}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

interface EndpointsProps {
  readonly service: WorldService;
  readonly data: ServiceDetails | undefined;
}

function Endpoints({ service, data }: EndpointsProps) {
  const { probes = {}, workloads = [] } = data ?? {};
  if (service.endpoints.length === 0 && workloads.length === 0) return null;
  return (
    <section class="card">
      <h2>{t("endpoints")}</h2>
      <Workloads namespace={service.namespace} workloads={workloads} />
      {service.endpoints.length > 0 && <EndpointTable service={service} probes={probes} />}
    </section>
  );
}

interface EndpointTableProps {
  readonly service: WorldService;
  readonly probes: ServiceDetails["probes"];
}

function EndpointTable({ service, probes }: EndpointTableProps) {
  const { pods } = world.value;
  const rateOf = (id: string) =>
    rates.value.get(edgeKey(edgeEnd.service(service.id), edgeEnd.pod(id)))?.rate;
  return (
    <Scroll label={t("endpoints")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("pod")}</th>
            <th scope="col">{t("state")}</th>
            <th scope="col">{t("whyOut")}</th>
            <th scope="col">{t("lastProbe")}</th>
            <th scope="col">{t("address")}</th>
            <th scope="col" class="number">
              {t("rate")}
            </th>
          </tr>
        </thead>
        <tbody>
          {service.endpoints.map((id) => {
            const pod = pods.get(id);
            if (pod === undefined) {
              return (
                <tr key={id}>
                  <td colSpan={6}>
                    <code>{id}</code>
                  </td>
                </tr>
              );
            }
            const rate = rateOf(id);
            return (
              <tr key={id}>
                <th scope="row">
                  <a href={linkToPod(id)}>{pod.name}</a>
                </th>
                <td>
                  <StateBadge state={stateOfPod(pod)} />
                </td>
                <td>{pod.why}</td>
                <td>
                  <Probes probes={probes[id] ?? []} />
                </td>
                <td>
                  <code>{pod.address}</code>
                </td>
                <td class="number">
                  {rate === undefined ? "" : `${formatRate(rate)}${t("perSecond")}`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function Routes({ id }: { id: string }) {
  const leading = [...world.value.routes.values()].filter(({ services }) => services.includes(id));
  if (leading.length === 0) return null;
  return (
    <section class="card">
      <h2>{t("routes")}</h2>
      <ul class="plain">
        {leading.map((route) => (
          <li key={route.id}>
            {route.id}: <code>{route.hosts.join(", ")}</code>
            {route.problem !== undefined && <span class="bad"> {route.problem}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function TryIt({ service }: { service: WorldService }) {
  const answer = useSignal<TryAnswer | Error | undefined>(undefined);
  const isSending = useSignal(false);
  if (service.url === undefined) return null;
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "");
    isSending.value = true;
    answer.value = await ask<TryAnswer>(TRY_PATH, {
      service: service.id,
      method: text("method"),
      path: text("path"),
      headers: headersOf(text("headers")),
      body: text("body"),
    }).catch((error: Error) => error);
    isSending.value = false;
  };
  return (
    <section class="card">
      <h2>{t("tryIt")}</h2>
      <NeedsSession>
        {hello.value?.mayChange === false ? (
          <p class="hint">{t("readOnly")}</p>
        ) : (
          <form class="try" onSubmit={send}>
            <label>
              {t("method")}
              <select name="method">
                {["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => (
                  <option key={method}>{method}</option>
                ))}
              </select>
            </label>
            <label class="wide">
              {t("path")}
              <input class="mono" name="path" defaultValue="/" />
            </label>
            <details>
              <summary>{t("headersAndBody")}</summary>
              <label>
                {t("headers")}
                <textarea
                  class="mono"
                  name="headers"
                  rows={2}
                  placeholder="accept: application/json"
                />
              </label>
              <label>
                {t("body")}
                <textarea class="mono" name="body" rows={3} />
              </label>
            </details>
            <button type="submit" class="primary" disabled={isSending.value}>
              {isSending.value ? t("sending") : t("send")}
            </button>
          </form>
        )}
        <div role="status">
          <Answer answer={answer.value} />
        </div>
      </NeedsSession>
    </section>
  );
}

function headersOf(text: string): [string, string][] {
  return text.split("\n").flatMap((line) => {
    const colon = line.indexOf(":");
    return colon > 0 ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]] : [];
  });
}

function Answer({ answer }: { answer: TryAnswer | Error | undefined }) {
  if (answer === undefined) return null;
  if (answer instanceof Error) return <Trouble error={answer} />;
  const { status, error, milliseconds, headers, body } = answer;
  const isBad = status === undefined || status >= 500;
  return (
    <>
      <h3>
        {t("answer")}: <span class={isBad ? "bad" : "ok"}>{status ?? error}</span>{" "}
        <small>{formatDuration(milliseconds)}</small>
      </h3>
      <pre tabIndex={0}>{headers.map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>
      {body !== "" && <pre tabIndex={0}>{body}</pre>}
    </>
  );
}
