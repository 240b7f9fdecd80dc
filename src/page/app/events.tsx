import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { EventRecord } from "../messages.ts";
import { MarkIcon } from "./mark.tsx";
import { NeedsSession, Scroll, Time } from "./parts.tsx";
import { linkToPod, linkToService } from "./place.ts";
import { StreamFilters } from "./search-fields.tsx";
import { events, follow } from "./stream.ts";
import { t, told, type Word } from "./words.ts";

const MAX_ROWS = 300;
/** Events whose word has another meaning elsewhere on the page. */
const EVENTS: Readonly<Record<string, Word>> = { restarted: "restarted-pod", live: "live-again" };

export function EventsView() {
  const filter = useSignal("");
  const onlyBad = useSignal(false);
  const frozen = useSignal<readonly EventRecord[] | undefined>(undefined);
  useEffect(() => follow({ events: true }), []);
  const text = filter.value.trim().toLowerCase();
  const rows = (frozen.value ?? events.value)
    .filter(
      ({ id, type, message, isBad }) =>
        (!onlyBad.value || isBad) && `${id} ${type} ${message}`.toLowerCase().includes(text),
    )
    .slice(-MAX_ROWS)
    .reverse();
  return (
    <>
      <h1>{t("events")}</h1>
      <NeedsSession>
        <StreamFilters filter={filter} onlyBad={onlyBad} frozen={frozen} current={events.value} />
        <section class="card">
          {rows.length === 0 ? (
            <p class="empty">{t("noEvents")}</p>
          ) : (
            <Scroll label={t("events")}>
              <table class="stream">
                <thead>
                  <tr>
                    <th scope="col">{t("time")}</th>
                    <th scope="col">{t("about")}</th>
                    <th scope="col">{t("event")}</th>
                    <th scope="col">{t("why")}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ number, at, about, id, type, message, isBad }) => (
                    <tr key={number}>
                      <td>
                        <Time at={at} />
                      </td>
                      <td>
                        <a href={about === "pod" ? linkToPod(id) : linkToService(id)}>{id}</a>
                      </td>
                      <td class={isBad ? "bad" : ""}>
                        <MarkIcon tone={isBad ? "bad" : "ok"} /> {told(EVENTS[type] ?? type)}
                      </td>
                      <td>{message}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
        </section>
      </NeedsSession>
    </>
  );
}
