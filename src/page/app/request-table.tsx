import type { RequestRecord } from "../messages.ts";
import { formatDuration } from "./map/traffic.ts";
import { Scroll, Time } from "./parts.tsx";
import { linkToPod, linkToService } from "./place.ts";
import { world } from "./stream.ts";
import { t } from "./words.ts";

interface RequestTableProps {
  readonly requests: readonly RequestRecord[];
  readonly label: string;
  /** All requests are to one Service, which is not shown then. */
  readonly isOfOne?: boolean;
}

export function RequestTable({ requests, label, isOfOne = false }: RequestTableProps) {
  return (
    <Scroll label={label}>
      <table class="stream">
        <thead>
          <tr>
            <th scope="col">{t("time")}</th>
            <th scope="col">{t("from")}</th>
            <th scope="col">{t("request")}</th>
            <th scope="col">{t("status")}</th>
            <th scope="col" class="number">
              {t("duration")}
            </th>
            {!isOfOne && <th scope="col">{t("service")}</th>}
            <th scope="col">{t("pod")}</th>
            <th scope="col">{t("why")}</th>
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <Row key={request.number} request={request} isOfOne={isOfOne} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ request, isOfOne }: { request: RequestRecord; isOfOne: boolean }) {
  const { at, client, method, path, kind, protocol, host, status, duration, service, pod } =
    request;
  return (
    <tr class={isFailed(request) ? "bad" : ""}>
      <td>
        <Time at={at} />
      </td>
      <td>{world.value.pods.has(client) ? <a href={linkToPod(client)}>{client}</a> : client}</td>
      <td class="mono" title={`${protocol} ${host ?? ""}`}>
        {method ?? kind} {path}
      </td>
      <td>{request.aborted === undefined ? (status ?? "–") : `${status ?? "–"} ✂`}</td>
      <td class="number">{formatDuration(duration)}</td>
      {!isOfOne && (
        <td>{service !== undefined && <a href={linkToService(service)}>{service}</a>}</td>
      )}
      <td>
        {pod === undefined ? request.endpoint : <a href={linkToPod(pod)}>{pod.split("/")[1]}</a>}
      </td>
      <td>
        {request.refusal ?? request.why}
        {request.attempts > 1 && ` (${request.attempts}×)`}
      </td>
    </tr>
  );
}

export function isFailed({ refusal, status = 0, aborted }: RequestRecord): boolean {
  return refusal !== undefined || status >= 500 || aborted !== undefined;
}
