import { splitName } from "./wire/name.ts";

/** Whether a name is in a zone or is its apex, compared by whole labels; both in lower case (D.2). */
export function isWithin(lowerName: string, zone: string): boolean {
  if (zone === ".") return true;
  if (!lowerName.endsWith(zone)) return false;
  const cut = lowerName.length - zone.length;
  if (cut === 0) return true;
  if (lowerName.charCodeAt(cut - 1) !== 46) return false;
  if (!lowerName.includes("\\")) return true;
  // The dot before the zone may be an escaped one, inside a label.
  return splitName(lowerName).slice(-splitName(zone).length).join(".") === zone.slice(0, -1);
}

/** The longest of the zones that a name is in; names and zones in lower case. */
export function zoneOf(lowerName: string, zones: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const zone of zones) {
    if ((found === undefined || zone.length > found.length) && isWithin(lowerName, zone)) {
      found = zone;
    }
  }
  return found;
}
