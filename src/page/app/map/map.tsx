import { useSignalEffect } from "@preact/signals";
import { Filters } from "../filters.tsx";
import { MarkIcon } from "../mark.tsx";
import { follow, hello, world } from "../stream.ts";
import { t } from "../words.ts";
import { regions, shownTraffic } from "./drawn.ts";
import { RegionCard } from "./region-card.tsx";

export function MapView() {
  useSignalEffect(() => follow({ traffic: shownTraffic.value }));
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
