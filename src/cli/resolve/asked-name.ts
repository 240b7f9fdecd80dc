import { isIPv6 } from "node:net";
import { nearestName } from "../../diagnostics/nearest-name.ts";
import { reverseName } from "../../dns/reverse.ts";
import { labelBytes, splitName } from "../../dns/wire/name.ts";
import { typeCode } from "../../dns/wire/record-type.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** The record types that exist here. */
const TYPES = ["A", "AAAA", "SRV", "PTR", "CNAME", "TXT", "NS", "SOA"];

export interface AskedName {
  readonly name: string;
  readonly type: string;
}

/** Bytes of a name as text, without the final dot (RFC 1035 2.3.4 counts 255 with lengths and root). */
const MAX_NAME = 253;

/**
 * What the user asks for: a name and a type, or an address, which stands for the name of its PTR records.
 * @throws CommandError for a name that no resolver would look up, with what was probably meant.
 */
export function askedName(text: string, asked: string | undefined): AskedName {
  const type = asked?.toUpperCase();
  if (type !== undefined && typeCode(type) === undefined) refuseType(text, asked as string);
  if (type === undefined || type === "PTR") {
    const reverse = reverseName(text);
    if (reverse !== undefined) return { name: `${reverse}.`, type: "PTR" };
  }
  refuseMore(text);
  checkName(text);
  return { name: text, type: type ?? "A" };
}

/** A URL, or a name with a port. */
function refuseMore(text: string): void {
  const [, host, rest] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/:]*)([/:].*)?$/i.exec(text) ?? [];
  if (rest === undefined || host === undefined || host === "" || isIPv6(text)) return;
  throw new CommandError(
    EXIT.usage,
    `${text} is more than a name`,
    `write kubelane resolve ${host}, or kubelane trace ${text} for all of it`,
  );
}

/** @throws CommandError when no resolver would send such a name. */
export function checkName(text: string): void {
  const problem = problemOf(text);
  if (problem === undefined) return;
  const shown = /^[!-~]{1,80}$/.test(text) ? text : JSON.stringify(text.slice(0, 80));
  throw new CommandError(
    EXIT.usage,
    `${shown} is no name that can be looked up: ${problem}`,
    "write, for example, web, web.shop or web.shop.svc.cluster.local",
  );
}

function problemOf(text: string): string | undefined {
  if (text === "") return "it is empty";
  if (text === ".") return undefined;
  if (/\s/.test(text)) return "it has a blank";
  const bare = text.replace(/\.$/, "");
  if (bare.length > MAX_NAME)
    return `it has ${bare.length} characters, and ${MAX_NAME} is the most`;
  if (/^\.|\.\./.test(text)) return "there is nothing between two dots";
  for (const label of splitName(text)) {
    try {
      labelBytes(label);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

function refuseType(name: string, type: string): never {
  const near = nearestName(type.toUpperCase(), TYPES);
  const isName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(type);
  const hints = [
    ...(near === undefined ? [`types are ${TYPES.join(", ")}, …`] : [`did you mean ${near}?`]),
    ...(isName ? [`for a Service of namespace ${type}: kubelane resolve ${name}.${type}`] : []),
  ];
  throw new CommandError(EXIT.usage, `"${type}" is no record type`, hints.join("\n  "));
}
