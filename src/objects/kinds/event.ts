import { EVENT_COLUMNS } from "../columns/event.ts";
import { type Kind, kind } from "../kind.ts";
import type { Event } from "../tables/kinds.ts";

export const event: Kind = kind<Event>({ groupKind: "Event", columns: EVENT_COLUMNS });
