import type { Event } from "../tables/kinds.ts";
import { type Column, formatAge } from "./column.ts";

/** An event of `v1`, or of `events.k8s.io/v1`, whose fields have other names. */
interface AnyEvent extends Omit<Event, "involvedObject"> {
  readonly involvedObject?: Event["involvedObject"];
  readonly regarding?: Event["involvedObject"];
  readonly note?: string;
  readonly deprecatedCount?: number;
  readonly deprecatedFirstTimestamp?: string;
  readonly deprecatedLastTimestamp?: string;
  readonly deprecatedSource?: Event["source"];
}

const aboutOf = ({ involvedObject, regarding }: AnyEvent) => involvedObject ?? regarding ?? {};

export const EVENT_COLUMNS: readonly Column<AnyEvent>[] = [
  {
    header: "LAST SEEN",
    cell: ({ lastTimestamp, deprecatedLastTimestamp, eventTime }, now) =>
      formatAge(lastTimestamp ?? deprecatedLastTimestamp ?? eventTime, now),
  },
  { header: "TYPE", cell: ({ type = "" }) => type },
  { header: "REASON", cell: ({ reason = "" }) => reason },
  {
    header: "OBJECT",
    cell: (event) => {
      const { kind = "", name = "" } = aboutOf(event);
      return `${kind.toLowerCase()}/${name}`;
    },
  },
  { header: "SUBOBJECT", wide: true, cell: (event) => aboutOf(event).fieldPath ?? "" },
  {
    header: "SOURCE",
    wide: true,
    cell: ({ source, deprecatedSource, reportingComponent = "" }) => {
      const { component = reportingComponent, host } = source ?? deprecatedSource ?? {};
      return host === undefined || host === "" ? component : `${component}, ${host}`;
    },
  },
  { header: "MESSAGE", cell: ({ message, note = "" }) => (message ?? note).trim() },
  {
    header: "FIRST SEEN",
    wide: true,
    cell: ({ firstTimestamp, deprecatedFirstTimestamp, eventTime }, now) =>
      formatAge(firstTimestamp ?? deprecatedFirstTimestamp ?? eventTime, now),
  },
  {
    header: "COUNT",
    wide: true,
    cell: ({ count, deprecatedCount }) => String(count ?? deprecatedCount ?? 1),
  },
  { header: "NAME", wide: true, cell: ({ metadata }) => metadata.name },
];
