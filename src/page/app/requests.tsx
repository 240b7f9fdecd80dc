import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RequestRecord } from "../messages.ts";
import { harOf, save } from "./har.ts";
import { NeedsSession } from "./parts.tsx";
import { isFailed, RequestTable } from "./request-table.tsx";
import { StreamFilters } from "./search-fields.tsx";
import { follow, hello, requests } from "./stream.ts";
import { t } from "./words.ts";

/** Rows that are shown. Nobody reads more, and with a busy gateway the browser would do nothing but draw. */
const MAX_ROWS = 100;

export function RequestsView() {
  const filter = useSignal("");
  const onlyBad = useSignal(false);
  /** The requests at the moment when the stream was paused. */
  const frozen = useSignal<readonly RequestRecord[] | undefined>(undefined);
  useEffect(() => follow({ requests: true }), []);
  const all = frozen.value ?? requests.value;
  const text = filter.value.trim().toLowerCase();
  const found = all.filter(
    (each) => (!onlyBad.value || isFailed(each)) && (text === "" || textOf(each).includes(text)),
  );
  const rows = found.slice(-MAX_ROWS).reverse();
  const skipped = (all.at(-1)?.number ?? 0) - (all[0]?.number ?? 1) + 1 - all.length;
  return (
    <>
      <h1>{t("requests")}</h1>
      <NeedsSession>
        <StreamFilters filter={filter} onlyBad={onlyBad} frozen={frozen} current={requests.value}>
          <button type="button" onClick={() => (requests.value = [])}>
            {t("clear")}
          </button>
          <button
            type="button"
            disabled={found.length === 0}
            onClick={() => save("kubelane.har", harOf(found, hello.value?.version ?? ""))}
          >
            {t("exportHar")}
          </button>
        </StreamFilters>
        <section class="card">
          {skipped > 0 && <p class="hint">{t("skipped", skipped)}</p>}
          {found.length > MAX_ROWS && (
            <p class="hint">
              {t("lastShown", MAX_ROWS)} {found.length}
            </p>
          )}
          {rows.length === 0 ? (
            <p class="empty">{t("noRequests")}</p>
          ) : (
            <RequestTable requests={rows} label={t("requests")} />
          )}
        </section>
      </NeedsSession>
    </>
  );
}

function textOf(request: RequestRecord): string {
  const { client, method, host, path, service, pod, status, refusal, route, kind } = request;
  return [client, method, kind, host, path, service, pod, status, refusal, route]
    .join(" ")
    .toLowerCase();
}
