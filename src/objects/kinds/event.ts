import type { Column } from "../columns/column.ts";
import { EVENT_COLUMNS } from "../columns/event.ts";
import { type Kind, kind } from "../kind.ts";
import type { Event } from "../tables/kinds.ts";

export const event: Kind = kind<Event>({ groupKind: "Event", columns: EVENT_COLUMNS });

/** The same objects in a newer form, whose fields have other names. */
export const newerEvent: Kind = kind({
  groupKind: "Event.events.k8s.io",
  columns: EVENT_COLUMNS as readonly Column[],
});
