import { useSignalEffect } from "@preact/signals";
import { FilterRow } from "../filters.tsx";
import { MarkIcon } from "../mark.tsx";
import type { Tone } from "../state.ts";
import { follow, hello, world } from "../stream.ts";
import { counted, t, type Word } from "../words.ts";
import { regions, shownTraffic } from "./drawn.ts";
import { RegionCard } from "./region-card.tsx";

const LEGEND: readonly (readonly [Tone, Word])[] = [
  ["ok", "ready"],
  ["partial", "unready"],
  ["waiting", "starting"],
  ["bad", "failing"],
  ["ending", "terminating"],
];

/** The legend of the marks. The words are also next to them, except where there is no room. */
function Legend() {
  return (
    <ul class="legend" aria-label={t("legend")}>
      {LEGEND.map(([tone, word]) => (
        <li key={tone}>
          <MarkIcon tone={tone} /> {t(word)}
        </li>
      ))}
    </ul>
  );
}

export function MapView() {
  useSignalEffect(() => follow({ traffic: shownTraffic.value }));
  const { services, pods, troubles } = world.value;
  const bad = [...services.values()].filter(({ problem }) => problem !== undefined).length;
  return (
    <>
      <h1 class="hidden">{t("map")}</h1>
      <FilterRow />
      <div class="summary">
        <p role="status">
          <span>
            {counted(services.size, "oneService", "countServices")},{" "}
            {counted(pods.size, "onePod", "countPods")}
          </span>
          {services.size > 0 && (
            <span class={bad > 0 ? "bad" : "ok"}>
              <MarkIcon tone={bad > 0 ? "bad" : "ok"} />{" "}
              {bad > 0 ? t("withoutPod", bad) : t("allWell")}
            </span>
          )}
        </p>
        {services.size > 0 && <Legend />}
      </div>
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
