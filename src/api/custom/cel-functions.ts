import { type Environment, Optional } from "@marcbachmann/cel-js";
import { canonicalAddress, familyOf, specialUseOf } from "../../net/address.ts";
import { Cidr } from "../../net/cidr.ts";
import { parseQuantity } from "../../objects/quantity.ts";
import { capturePattern } from "../../routes/text-pattern.ts";
import { hasFormat } from "./formats.ts";

/** A CEL value in JavaScript: integers are bigints, so that they never become fractions. */
type List = readonly unknown[];

class Quantity {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

class Ip {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

class Url {
  readonly url: URL;
  constructor(url: URL) {
    this.url = url;
  }
}

class Format {
  readonly errors: (text: string) => readonly string[];
  constructor(errors: (text: string) => readonly string[]) {
    this.errors = errors;
  }
}

/**
 * The functions that Kubernetes adds to CEL, as far as they are implemented: lists, sets, regular expressions,
 * quantities, addresses, ranges, URLs and named formats.
 */
export function registerKubernetesFunctions(environment: Environment): void {
  registerLists(environment);
  registerTexts(environment);
  registerQuantities(environment);
  registerAddresses(environment);
  registerUrls(environment);
  registerFormats(environment);
}

function registerLists(environment: Environment): void {
  environment
    .registerFunction("list.isSorted(): bool", (list: List) =>
      list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0),
    )
    .registerFunction("list.sum(): dyn", (list: List) =>
      list.length === 0 ? 0n : list.reduce((sum, item) => (sum as never) + (item as never)),
    )
    .registerFunction("list.min(): dyn", (list: List) => extreme(list, -1))
    .registerFunction("list.max(): dyn", (list: List) => extreme(list, 1))
    .registerFunction("list.indexOf(dyn): int", (list: List, item: unknown) =>
      BigInt(list.indexOf(item)),
    )
    .registerFunction("list.lastIndexOf(dyn): int", (list: List, item: unknown) =>
      BigInt(list.lastIndexOf(item)),
    )
    .registerType("kubernetes.Sets", { ctor: Sets, fields: {} })
    .registerConstant("sets", "kubernetes.Sets", new Sets())
    .registerFunction(
      "kubernetes.Sets.contains(list, list): bool",
      (_: Sets, all: List, some: List) => some.every((item) => all.includes(item)),
    )
    .registerFunction(
      "kubernetes.Sets.equivalent(list, list): bool",
      (_: Sets, a: List, b: List) =>
        a.every((item) => b.includes(item)) && b.every((item) => a.includes(item)),
    )
    .registerFunction("kubernetes.Sets.intersects(list, list): bool", (_: Sets, a: List, b: List) =>
      a.some((item) => b.includes(item)),
    );
}

/** `sets`, which only has functions. */
class Sets {}

/** `format`, which only makes formats. */
class Formats {}

function compare(a: unknown, b: unknown): number {
  const [left, right] = [a as bigint, b as bigint];
  return left < right ? -1 : Number(left > right);
}

function extreme(list: List, sign: number): unknown {
  if (list.length === 0) throw new Error("min or max called on empty list");
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}

function registerTexts(environment: Environment): void {
  environment
    .registerFunction("string.find(string): string", (text: string, pattern: string) =>
      found(text, pattern, 1).join(""),
    )
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
      found(text, pattern, Number.POSITIVE_INFINITY),
    )
    .registerFunction(
      "string.findAll(string, int): list<string>",
      (text: string, pattern: string, limit: bigint) =>
        found(text, pattern, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)),
    )
    .registerFunction(
      "string.replace(string, string): string",
      (text: string, old: string, by: string) => text.split(old).join(by),
    )
    .registerFunction(
      "string.charAt(int): string",
      (text: string, index: bigint) => [...text][Number(index)] ?? "",
    );
}

function found(text: string, pattern: string, limit: number): readonly string[] {
  const compiled = capturePattern(pattern);
  if (typeof compiled === "string") throw new Error(compiled);
  return compiled(text, limit);
}

function registerQuantities(environment: Environment): void {
  const read = (text: string): Quantity => {
    const nanos = parseQuantity(text);
    if (nanos === undefined) throw new Error(`${JSON.stringify(text)} is no quantity`);
    return new Quantity(nanos);
  };
  const type = "kubernetes.Quantity";
  environment
    .registerType(type, { ctor: Quantity, fields: {} })
    .registerFunction(
      "isQuantity(string): bool",
      (text: string) => parseQuantity(text) !== undefined,
    )
    .registerFunction(`quantity(string): ${type}`, read)
    .registerFunction(
      `${type}.isLessThan(${type}): bool`,
      (a: Quantity, b: Quantity) => a.nanos < b.nanos,
    )
    .registerFunction(
      `${type}.isGreaterThan(${type}): bool`,
      (a: Quantity, b: Quantity) => a.nanos > b.nanos,
    )
    .registerFunction(`${type}.compareTo(${type}): int`, (a: Quantity, b: Quantity) =>
      BigInt(compare(a.nanos, b.nanos)),
    )
    .registerFunction(`${type}.sign(): int`, (a: Quantity) => BigInt(compare(a.nanos, 0n)))
    .registerFunction(
      `${type}.add(${type}): ${type}`,
      (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
    )
    .registerFunction(
      `${type}.sub(${type}): ${type}`,
      (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
    )
    .registerFunction(`${type}.isInteger(): bool`, (a: Quantity) => a.nanos % 10n ** 9n === 0n)
    .registerFunction(`${type}.asInteger(): int`, (a: Quantity) => a.nanos / 10n ** 9n)
    .registerFunction(
      `${type}.asApproximateFloat(): double`,
      (a: Quantity) => Number(a.nanos) / 1e9,
    )
    .registerOperator(`${type} == ${type}`, (a: Quantity, b: Quantity) => a.nanos === b.nanos);
}

function registerAddresses(environment: Environment): void {
  const [ip, range] = ["kubernetes.IP", "kubernetes.CIDR"];
  const read = (text: string): Ip => {
    if (familyOf(text) === undefined) throw new Error(`${JSON.stringify(text)} is no IP address`);
    return new Ip(text);
  };
  const isRange = (text: string) => hasFormat(text, "cidr");
  const versionOf = (family: string | undefined) => (family === "IPv4" ? 4n : 6n);
  const containsRange = (a: Cidr, b: Cidr) =>
    a.family === b.family && a.prefixLength <= b.prefixLength && a.overlaps(b);
  environment
    .registerType(ip, { ctor: Ip, fields: {} })
    .registerType(range, { ctor: Cidr, fields: {} })
    .registerFunction("isIP(string): bool", (text: string) => familyOf(text) !== undefined)
    .registerFunction(`ip(string): ${ip}`, read)
    .registerFunction(`${ip}.family(): int`, ({ text }: Ip) => versionOf(familyOf(text)))
    .registerFunction(`string(${ip}): string`, ({ text }: Ip) => canonicalAddress(text))
    .registerFunction(
      `${ip}.isUnspecified(): bool`,
      ({ text }: Ip) => specialUseOf(text) === "unspecified",
    )
    .registerFunction(
      `${ip}.isLoopback(): bool`,
      ({ text }: Ip) => specialUseOf(text) === "loopback",
    )
    .registerOperator(
      `${ip} == ${ip}`,
      (a: Ip, b: Ip) => canonicalAddress(a.text) === canonicalAddress(b.text),
    )
    .registerFunction("isCIDR(string): bool", isRange)
    .registerFunction(`cidr(string): ${range}`, (text: string) => new Cidr(text))
    .registerFunction(`${range}.containsIP(string): bool`, (a: Cidr, text: string) =>
      a.contains(text),
    )
    .registerFunction(`${range}.containsIP(${ip}): bool`, (a: Cidr, { text }: Ip) =>
      a.contains(text),
    )
    .registerFunction(`${range}.containsCIDR(string): bool`, (a: Cidr, text: string) =>
      containsRange(a, new Cidr(text)),
    )
    .registerFunction(`${range}.containsCIDR(${range}): bool`, containsRange)
    .registerFunction(`${range}.prefixLength(): int`, (a: Cidr) => BigInt(a.prefixLength));
}

function registerUrls(environment: Environment): void {
  const type = "kubernetes.URL";
  environment
    .registerType(type, { ctor: Url, fields: {} })
    .registerFunction("isURL(string): bool", (text: string) => hasFormat(text, "uri"))
    .registerFunction(`url(string): ${type}`, (text: string) => new Url(new URL(text, "none:")))
    .registerFunction(`${type}.getScheme(): string`, ({ url }: Url) => url.protocol.slice(0, -1))
    .registerFunction(`${type}.getHost(): string`, ({ url }: Url) => url.host)
    .registerFunction(`${type}.getHostname(): string`, ({ url }: Url) => url.hostname)
    .registerFunction(`${type}.getPort(): string`, ({ url }: Url) => url.port)
    .registerFunction(`${type}.getEscapedPath(): string`, ({ url }: Url) => url.pathname);
}

/** `format.dns1123Label().validate(text)` returns an optional list of errors. */
function registerFormats(environment: Environment): void {
  const type = "kubernetes.Format";
  const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
  const patterns: Readonly<Record<string, (text: string) => boolean>> = {
    dns1123Label: (text) => text.length <= 63 && label.test(text),
    dns1123Subdomain: (text) =>
      text.length <= 253 && text.split(".").every((part) => label.test(part)),
    dns1035Label: (text) => text.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text),
    labelValue: (text) =>
      text.length <= 63 && /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(text),
    uri: (text) => hasFormat(text, "uri"),
    uuid: (text) => hasFormat(text, "uuid"),
    byte: (text) => hasFormat(text, "byte"),
    date: (text) => hasFormat(text, "date"),
    datetime: (text) => hasFormat(text, "date-time"),
  };
  environment
    .registerType(type, { ctor: Format, fields: {} })
    .registerType("kubernetes.Formats", { ctor: Formats, fields: {} })
    .registerConstant("format", "kubernetes.Formats", new Formats())
    .registerFunction(
      `${type}.validate(string): optional<list<string>>`,
      (format: Format, text: string) => {
        const errors = format.errors(text);
        return errors.length === 0 ? Optional.none() : Optional.of(errors);
      },
    );
  for (const [name, isValid] of Object.entries(patterns)) {
    const format = new Format((text) => (isValid(text) ? [] : [`is no ${name}`]));
    environment.registerFunction(`kubernetes.Formats.${name}(): ${type}`, () => format);
  }
}
