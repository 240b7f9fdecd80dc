import type { Endpoint } from "./endpoint-slice.ts";

/**
 * The name of an endpoint's address below its Service (D.4): its hostname, else its pod's name (if asked for and
 * short enough for a label), else the address with dashes.
 */
export function endpointName(address: string, endpoint: Endpoint, podNames: boolean): string {
  if (endpoint.hostname !== undefined && endpoint.hostname !== "") return endpoint.hostname;
  const pod = endpoint.targetRef?.name;
  if (podNames && pod !== undefined && pod !== "" && pod.length < 64) return pod;
  if (address.includes(".")) return address.replaceAll(".", "-");
  const dashed = address.replaceAll(":", "-");
  // A label may not end in a dash.
  return dashed.endsWith("-") ? `${dashed}0` : dashed;
}
