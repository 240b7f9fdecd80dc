import type { EndpointSlice } from "../endpoint-slice.ts";
import { AGE, type Column, NAME } from "./column.ts";

/** kubectl shows three and counts the rest. */
const SHOWN = 3;

export const ENDPOINT_SLICE_COLUMNS: readonly Column<EndpointSlice>[] = [
  NAME,
  { header: "ADDRESSTYPE", cell: ({ addressType }) => addressType },
  {
    header: "PORTS",
    cell: ({ ports }) => some((ports ?? []).map(({ port }) => String(port ?? "*"))),
  },
  {
    header: "ENDPOINTS",
    cell: ({ endpoints }) => some(endpoints.flatMap(({ addresses }) => addresses)),
  },
  AGE,
];

/** At most three, and how many more there are. */
export function some(words: readonly string[], none = "<unset>"): string {
  if (words.length === 0) return none;
  const rest = words.length - SHOWN;
  return words.slice(0, SHOWN).join(",") + (rest > 0 ? ` + ${rest} more...` : "");
}
