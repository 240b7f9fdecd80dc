import { formatAge } from "../columns/column.ts";
import { type Kind, kind } from "../kind.ts";
import type { Event } from "../tables/kinds.ts";

export const event: Kind = kind<Event>({
  groupKind: "Event",
  columns: [
    {
      header: "LAST SEEN",
      cell: ({ lastTimestamp, eventTime }, now) => formatAge(lastTimestamp ?? eventTime, now),
    },
    { header: "TYPE", cell: ({ type = "" }) => type },
    { header: "REASON", cell: ({ reason = "" }) => reason },
    {
      header: "OBJECT",
      cell: ({ involvedObject: { kind = "", name = "" } = {} }) => `${kind.toLowerCase()}/${name}`,
    },
    { header: "MESSAGE", cell: ({ message = "" }) => message.trim() },
  ],
});
