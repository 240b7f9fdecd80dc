import { resolve } from "node:path";
import { validateDns1123Label, validateDns1123Subdomain } from "../../labels/dns-name.ts";
import { hostPort } from "../../net/host-port.ts";
import {
  InvalidListenAddressError,
  type ListenAddress,
  parseListenAddress,
} from "../../net/listen-address.ts";
import { LoopbackMirror } from "../../net/loopback-mirror.ts";
import { isPortNumber } from "../../objects/port-name.ts";
import { RELEASES, type Release } from "../../objects/release.ts";
import type { Exposure, PortToExpose } from "../local-config.ts";
import { parseDuration } from "./duration.ts";
import {
  isWordRefusal,
  ValueRefusal,
  type ValueType,
  type WordRefusal,
  wordType,
} from "./value-type.ts";

export const text = wordType<string>({
  schema: { type: "string" },
  says: "text",
  parse: (word) => word,
});

/** Absolute once it was read. */
export const path = wordType<string>({
  schema: { type: "string" },
  says: "path",
  parse: (word, folder) => resolve(folder, word),
});

export const zone = nameType("zone", "write, for example, k8s.test", (name) =>
  validateDns1123Subdomain(name),
);

export const namespaceName = nameType("namespace", "write, for example, shop", (name) =>
  validateDns1123Label(name),
);

function nameType(
  what: string,
  hint: string,
  validate: (name: string) => readonly { readonly message: string }[],
) {
  return wordType<string>({
    schema: { type: "string" },
    says: `name of a ${what}`,
    parse(word) {
      const name = word.toLowerCase().replace(/\.$/, "");
      const [problem] = validate(name);
      return problem === undefined
        ? name
        : new ValueRefusal(`is no name of a ${what}: ${problem.message}`, hint);
    },
  });
}

/** `ADDRESS:PORT` of something that runs. A name has no place in an EndpointSlice. */
export const serverAddress = wordType<string>({
  schema: { type: "string" },
  says: "address and port",
  parse: (word) =>
    (listenAddressOf(word)?.port ?? 0) > 0
      ? word
      : new ValueRefusal(
          "is no address of an API server",
          "write 127.0.0.1:6443, or [fd00::1]:6443",
          "config-address",
        ),
});

/** Which loopback mirror, or the first that nobody has. */
export const mirror = wordType<number | "auto">({
  schema: { type: ["integer", "string"] },
  says: `number from 0 to ${LoopbackMirror.all.length - 1}, or auto`,
  wordOf: numberWord,
  parse(word) {
    if (word === "auto") return "auto";
    const found = LoopbackMirror.all.find(({ number }) => `${number}` === word);
    if (found !== undefined) return found.number;
    const hint = `choose one from 0 to ${LoopbackMirror.all.length - 1}, or auto`;
    return new ValueRefusal("is no loopback mirror", hint);
  },
});

/** In milliseconds. */
export const duration = wordType<number>({
  schema: { type: "string" },
  says: "duration, such as 90s or 2m",
  parse: (word) =>
    parseDuration(word) ??
    new ValueRefusal("is no duration", "write, for example, 30s, 5m or 1h30m"),
  show: (ms) => (ms > 0 && ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`),
});

/** Where something listens, or `off`: it does not. */
export type ListenSetting = ListenAddress | "off";

const LISTEN_HINT = "write 127.0.0.1:8080, [::1]:8080, a port alone for 127.0.0.1, or off";

export const listenAddress = wordType<ListenSetting>({
  schema: { type: ["string", "integer", "boolean"] },
  says: "address and port, a port, or off",
  wordOf: (value) => (value === false ? "off" : numberWord(value)),
  parse(word) {
    if (word === "off") return "off";
    const address = listenAddressOf(/^\d+$/.test(word) ? `:${word}` : word);
    return address ?? new ValueRefusal("is no address to listen on", LISTEN_HINT, "config-address");
  },
  show: (value) => (value === "off" ? "off" : hostPort(value.host, value.port)),
});

function numberWord(value: unknown): unknown {
  return typeof value === "number" ? `${value}` : value;
}

function listenAddressOf(word: string): ListenAddress | undefined {
  try {
    return parseListenAddress(word);
  } catch (error) {
    if (error instanceof InvalidListenAddressError) return undefined;
    throw error;
  }
}

/** `9229`, or `13000:3000`: another port of the machine before that of the pods, as kubectl has it. */
function portToExpose(word: string): PortToExpose | undefined {
  const [at = "", port = at, ...rest] = word.trim().split(":");
  const isValid = rest.length === 0 && [at, port].every((each) => /^\d+$/.test(each));
  const found = { port: Number(port), at: Number(at) };
  return isValid && isPortNumber(found.port) && isPortNumber(found.at) ? found : undefined;
}

/** Which ports of pods are at the machine's loopback address. */
export const exposure = wordType<Exposure>({
  schema: {
    anyOf: [
      { enum: ["auto", "off", false] },
      { type: "integer", minimum: 1, maximum: 65_535 },
      { type: "string" },
      { type: "array", items: { type: ["integer", "string"] } },
    ],
  },
  says: "auto, off, or ports such as 9229 and 13000:3000",
  wordOf(value) {
    if (value === false) return "off";
    return Array.isArray(value) ? value.join(",") : numberWord(value);
  },
  parse(word) {
    if (word === "auto" || word === "off") return word;
    const ports = word.split(",").map(portToExpose);
    const found = ports.filter((each) => each !== undefined);
    if (found.length === ports.length) return found;
    const hint =
      "write auto, off, or ports of pods: 9229,13000:3000 (the machine's, then the pod's)";
    return new ValueRefusal("names no ports", hint);
  },
  show: (value) =>
    typeof value === "string"
      ? value
      : value.map(({ port, at }) => (port === at ? `${port}` : `${at}:${port}`)).join(","),
});

/** One of a few words. @param what it is one of, for messages: `network of local pods` */
export function choice<T extends string>(choices: readonly T[], what: string) {
  const listed = `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
  // Unquoted, YAML reads that word as false.
  const hasOff = (choices as readonly string[]).includes("off");
  return wordType<T>({
    schema: { enum: hasOff ? [...choices, false] : choices },
    says: listed,
    choices,
    wordOf: (value) => (hasOff && value === false ? "off" : value),
    parse: (word) =>
      choices.find((each) => each === word) ?? new ValueRefusal(`is no ${what}`, `write ${listed}`),
  });
}

/** Without quotes, 1.34 is a number to YAML. */
export const release: ValueType<Release> = wordType<Release>({
  schema: { enum: [...RELEASES, ...RELEASES.map(Number)] },
  says: RELEASES.join(", "),
  choices: RELEASES,
  wordOf: (value) => (typeof value === "number" ? String(value) : value),
  parse: (word) =>
    RELEASES.find((each) => each === word) ??
    new ValueRefusal("is no release that is known here", `write one of ${RELEASES.join(", ")}`),
});

export const flag: ValueType<boolean> = {
  schema: { type: "boolean" },
  says: "on or off",
  read(value, at, values) {
    if (value === undefined || value === null || typeof value === "boolean")
      return value ?? undefined;
    values.error("config-type", at, "expected true or false", `write ${at.at(-1)}: off`);
    return undefined;
  },
  show: (value) => (value ? "on" : "off"),
};

/** A whole number, 0 or more. @param of what */
export function count(of: string): ValueType<number> {
  return {
    schema: { type: "integer", minimum: 0 },
    says: of,
    read: (value, at, values) => values.count(value, at, of),
    parse: ([word = ""]) =>
      /^\d{1,9}$/.test(word)
        ? Number(word)
        : { word, refusal: new ValueRefusal(`is no number of ${of}`, "write a number, 0 or more") },
    show: String,
  };
}

/** Read as milliseconds. */
export const seconds: ValueType<number> = {
  schema: { type: "number", minimum: 0 },
  says: "seconds",
  read: (value, at, values) => values.seconds(value, at),
  show: (milliseconds) => `${milliseconds / 1000}`,
};

/** Names, or `*` for any: what holds without a word. */
export const classNames: ValueType<readonly string[]> = {
  ...listOf(text),
  schema: { anyOf: [{ const: "*" }, { type: "array", items: { type: "string" } }] },
  says: "list of names, or *",
  read(value, at, values) {
    if (value === undefined || value === null || value === "*") return undefined;
    if (Array.isArray(value)) return values.strings(value, at);
    const hint = "write classes: [nginx]";
    values.error("config-type", at, 'expected "*" or a list of class names', hint);
    return undefined;
  },
};

export function listOf<T>(item: ReturnType<typeof wordType<T>>): ValueType<readonly T[]> {
  return {
    schema: { type: "array", items: item.schema },
    says: `list of: ${item.says}`,
    repeats: true,
    read(value, at, values) {
      if (value === undefined || value === null) return undefined;
      if (!Array.isArray(value)) {
        values.error("config-type", at, "expected a list");
        return undefined;
      }
      return value.flatMap((each: unknown, i) => item.read(each ?? "", [...at, i], values) ?? []);
    },
    parse(words, folder) {
      const read: T[] = [];
      for (const word of words) {
        const result: T | WordRefusal = item.parse([word], folder);
        if (isWordRefusal(result)) return result;
        read.push(result);
      }
      return read;
    },
    show: (list) => list.map(item.show).join(", "),
  };
}
