import { edgeEnd } from "../messages.ts";
import { formatDuration, formatRate } from "./map/traffic.ts";
import { Scroll } from "./parts.tsx";
import { linkToPod } from "./place.ts";
import { rates } from "./stream.ts";
import { t } from "./words.ts";

/** Who called a Service in the last few seconds. */
export function Callers({ service }: { service: string }) {
  const to = edgeEnd.service(service);
  const callers = [...rates.value.values()]
    .filter((edge) => edge.to === to && edge.from !== edgeEnd.anyone)
    .sort((a, b) => b.rate - a.rate);
  if (callers.length === 0) return null;
  return (
    <section class="card">
      <h2>{t("callers")}</h2>
      <Scroll label={t("callers")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("from")}</th>
              <th scope="col" class="number">
                {t("rate")}
              </th>
              <th scope="col" class="number">
                p50
              </th>
              <th scope="col" class="number">
                p99
              </th>
              <th scope="col" class="number">
                {t("probeFailed")}
              </th>
            </tr>
          </thead>
          <tbody>
            {callers.map(({ from, rate, p50, p99, errors }) => (
              <tr key={from}>
                <th scope="row">
                  <Caller end={from} />
                </th>
                <td class="number">
                  {formatRate(rate)}
                  {t("perSecond")}
                </td>
                <td class="number">{formatDuration(p50)}</td>
                <td class="number">{formatDuration(p99)}</td>
                <td class={`number${errors > 0 ? " bad" : ""}`}>{Math.ceil(errors * 100)} %</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Caller({ end }: { end: string }) {
  const colon = end.indexOf(":");
  const id = end.slice(colon + 1);
  if (end === edgeEnd.outside) return t("outside");
  return end === edgeEnd.pod(id) ? <a href={linkToPod(id)}>{id}</a> : id;
}
