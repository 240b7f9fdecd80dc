import { computed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { WorldService } from "../../world.ts";
import { shown } from "../filter.ts";
import { Filters } from "../filters.tsx";
import { MarkIcon } from "../mark.tsx";
import { linkToService } from "../place.ts";
import { stateOfService } from "../state.ts";
import { calls, hello, rates, world } from "../stream.ts";
import { t, type Word } from "../words.ts";
import { RegionGraph } from "./graph.tsx";
import { layOutRegion, layouts } from "./layouts.ts";
import { type Region, regionsOf } from "./region.ts";
import { formatRate } from "./traffic.ts";

/** Tiles of a region that are drawn until the user asks for all. */
const MAX_TILES = 120;

const regions = computed(() => regionsOf(shown.value, world.value, calls.value));

/** Requests per second that go into each Service. */
const serviceRates = computed(() => {
  const found = new Map<string, number>();
  for (const { to, rate } of rates.value.values()) {
    if (to.startsWith("service:")) found.set(to.slice(8), (found.get(to.slice(8)) ?? 0) + rate);
  }
  return found;
});

export function MapView() {
  const { services, pods, troubles } = world.value;
  const bad = [...services.values()].filter(({ problem }) => problem !== undefined).length;
  return (
    <>
      <h1 class="hidden">{t("map")}</h1>
      <Filters />
      <p class="summary" role="status">
        <span>
          <strong>{services.size}</strong> {t("services")}, <strong>{pods.size}</strong> {t("pods")}
        </span>
        {services.size > 0 && (
          <span class={bad > 0 ? "bad" : "ok"}>
            <MarkIcon tone={bad > 0 ? "bad" : "ok"} />{" "}
            {bad > 0 ? `${bad} ${t("withoutPod")}` : t("allWell")}
          </span>
        )}
      </p>
      {troubles.length > 0 && (
        <section class="card callout bad">
          <h2>{t("troubles")}</h2>
          <ul>
            {troubles.map((trouble) => (
              <li key={trouble}>{trouble}</li>
            ))}
          </ul>
        </section>
      )}
      {hello.value !== undefined && services.size === 0 && <p class="empty">{t("noServices")}</p>}
      {services.size > 0 && regions.value.length === 0 && <p class="empty">{t("nothingShown")}</p>}
      <div class="regions">
        {regions.value.map((region) => (
          <RegionCard key={region.namespace} region={region} />
        ))}
      </div>
    </>
  );
}

function RegionCard({ region }: { region: Region }) {
  useEffect(() => layOutRegion(region), [region]);
  const layout = layouts.value.get(region.namespace)?.layout;
  const isGraph = region.graph !== undefined;
  const bad = region.services.filter(({ problem }) => problem !== undefined).length;
  const id = `region-${region.namespace}`;
  return (
    <section class={`card region${isGraph ? "" : " tiled"}`} aria-labelledby={id}>
      <h2 id={id}>
        {region.namespace}
        <small>
          {region.services.length} {t(region.services.length === 1 ? "oneService" : "services")}
          {bad > 0 && (
            <>
              {" · "}
              <span class="bad">
                {bad} {t("withoutPod")}
              </span>
            </>
          )}
        </small>
      </h2>
      {isGraph && layout !== undefined && <RegionGraph region={region} layout={layout} />}
      {isGraph && layout === undefined && <Tiles services={region.services} />}
      {!isGraph && <Tiles services={region.services} />}
    </section>
  );
}

/** What is wrong first, then by name; the rest when the user asks for it. */
function Tiles({ services }: { services: readonly WorldService[] }) {
  const all = useSignal(false);
  const sorted = [...services].sort(
    (a, b) => Number(a.problem === undefined) - Number(b.problem === undefined),
  );
  const drawn = all.value ? sorted : sorted.slice(0, MAX_TILES);
  const rest = sorted.length - drawn.length;
  return (
    <>
      <ul class="tiles">
        {drawn.map((service) => (
          <Tile key={service.id} service={service} />
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" onClick={() => (all.value = true)}>
          {t("showAll")}: {rest} {t("more")}
        </button>
      )}
    </>
  );
}

function Tile({ service }: { service: WorldService }) {
  const state = stateOfService(service);
  const rate = serviceRates.value.get(service.id);
  return (
    <li>
      <a
        class={`tile ${state.tone}${rate === undefined ? "" : " lit"}`}
        href={linkToService(service.id)}
        title={service.problem ?? service.address}
      >
        <MarkIcon tone={state.tone} />
        <span class="tile-name">{service.name}</span>
        <span class="small">
          {t(state.word as Word)}
          {service.type === "ExternalName" ? "" : ` · ${service.ready}/${service.total}`}
          {rate === undefined ? "" : ` · ${formatRate(rate)}${t("perSecond")}`}
        </span>
      </a>
    </li>
  );
}
