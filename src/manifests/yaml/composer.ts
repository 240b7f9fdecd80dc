import { resolveKey, resolvePlain, resolveTagged } from "../plain-scalar.ts";
import { duplicateKey, MAX_DEPTH, type TextProblem, tooDeep } from "../text-problem.ts";
import { AliasBudget } from "./alias-budget.ts";
import { MERGE, type Positions } from "./positions.ts";
import { YAML_TAG } from "./scan-tag.ts";
import { Scanner } from "./scanner.ts";
import * as token from "./token.ts";
import { syntaxError, YamlError } from "./yaml-error.ts";

/** What a YAML document says. */
export interface YamlDocument {
  /** As JSON; an alias shares the value of its anchor, so nothing may change it. */
  readonly value: unknown;
  /** With an error among them the value is not to be used. */
  readonly problems: readonly TextProblem[];
  /** Where something begins that kubectl does not read, as one document has ended before. */
  readonly unread: number | undefined;
}

/**
 * Reads the document in `[start, end)` of a text.
 * @param positions receives where its fields stand; without it reading is faster.
 */
export function composeYaml(
  text: string,
  start: number,
  end: number,
  positions?: Positions,
): YamlDocument {
  const composer = new Composer(new Scanner(text, start, end), positions);
  return composer.document();
}

type JsonObject = Record<string, unknown>;

/** What an anchor stands for. */
interface Anchored {
  value: unknown;
  /** How many values there are in it, what aliases add included. */
  size: number;
  /** Within itself it has no value yet. */
  complete: boolean;
}

/** What may stand before a value. */
interface Properties {
  readonly anchor: string | undefined;
  readonly tag: string | undefined;
  readonly offset: number;
}

const NO_PROPERTIES: Properties = { anchor: undefined, tag: undefined, offset: -1 };

/**
 * Makes values of tokens, by the grammar of libyaml and with the meaning that Go's sigs.k8s.io/yaml
 * gives them. Stops at the first token that does not fit; what is wrong with a value only is
 * collected.
 */
class Composer {
  readonly #tokens: Scanner;
  readonly #positions: Positions | undefined;
  readonly #problems: TextProblem[] = [];
  readonly #anchors = new Map<string, Anchored>();
  readonly #budget = new AliasBudget();
  /** Where the last value begins; -1 when nothing is written. */
  #valueAt = -1;
  /** The text of the last value, where it is a scalar without anchor and tag. */
  #valueText: string | undefined;
  /** Whether the last value is a collection that has an anchor. */
  #isShared = false;
  /** Whether the last value is a plain `<<`. */
  #isMerge = false;

  constructor(tokens: Scanner, positions: Positions | undefined) {
    this.#tokens = tokens;
    this.#positions = positions;
  }

  document(): YamlDocument {
    let value: unknown = null;
    let unread: number | undefined;
    try {
      value = this.#root();
      unread = this.#afterDocument();
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      this.#problems.push(error.problem);
    }
    return { value, problems: this.#problems, unread };
  }

  #root(): unknown {
    let kind = this.#tokens.peek();
    if (kind === token.DIRECTIVE) {
      const hint = "remove the line: the rest is read as YAML 1.1 without it";
      throw syntaxError("kubectl refuses directives (%)", this.#tokens.offset, hint);
    }
    if (kind === token.DOCUMENT_START) {
      this.#tokens.next();
      kind = this.#tokens.peek();
      if (
        kind === token.DIRECTIVE ||
        kind === token.DOCUMENT_START ||
        kind === token.DOCUMENT_END
      ) {
        return null;
      }
    }
    if (kind === token.STREAM_END) return null;
    const value = this.#node(true, false, 0);
    if (this.#positions !== undefined) this.#positions.root = Math.max(0, this.#valueAt);
    return value;
  }

  /** One document is read; the first token behind it has to be a token, no more. */
  #afterDocument(): number | undefined {
    let kind = this.#tokens.peek();
    // Behind the mark of its end nothing is looked at.
    if (kind === token.DOCUMENT_END) {
      const at = this.#tokens.offset;
      this.#tokens.next();
      try {
        kind = this.#tokens.peek();
      } catch (error) {
        if (!(error instanceof YamlError)) throw error;
        return at;
      }
    }
    return kind === token.STREAM_END ? undefined : this.#tokens.offset;
  }

  /**
   * @param block whether blocks may begin here: not inside brackets.
   * @param indentless whether a list may begin in the column of the key that it belongs to.
   */
  #node(block: boolean, indentless: boolean, depth: number): unknown {
    const tokens = this.#tokens;
    let kind = tokens.peek();
    if (kind === token.ALIAS) return this.#alias();
    let properties = NO_PROPERTIES;
    if (kind === token.ANCHOR || kind === token.TAG) {
      properties = this.#propertiesOf(kind);
      kind = tokens.peek();
    }
    this.#budget.count();
    const offset = tokens.offset;
    if (kind === token.PLAIN || kind === token.QUOTED) {
      const { value: text } = tokens;
      tokens.next();
      this.#valueIs(offset, properties === NO_PROPERTIES ? text : undefined);
      if (properties === NO_PROPERTIES && kind === token.QUOTED) return text;
      return this.#scalar(text, kind === token.PLAIN, properties, offset);
    }
    if (
      kind === token.FLOW_SEQUENCE_START ||
      kind === token.FLOW_MAPPING_START ||
      (block && (kind === token.SEQUENCE_START || kind === token.MAPPING_START)) ||
      (block && kind === token.MAPPING_AND_KEY) ||
      (indentless && kind === token.ENTRY)
    ) {
      return this.#collection(kind, offset, properties, depth);
    }
    if (properties === NO_PROPERTIES) throw this.#unexpected(kind, offset);
    this.#valueIs(-1);
    return this.#scalar("", true, properties, properties.offset);
  }

  #propertiesOf(first: number): Properties {
    const tokens = this.#tokens;
    const { offset } = tokens;
    let anchor: string | undefined;
    let tag: string | undefined;
    for (let kind = first; ; kind = tokens.peek()) {
      if (kind === token.ANCHOR && anchor === undefined) anchor = tokens.value;
      else if (kind === token.TAG && tag === undefined) tag = tokens.value;
      else break;
      tokens.next();
    }
    return { anchor, tag, offset };
  }

  #collection(kind: number, offset: number, properties: Properties, depth: number): unknown {
    if (depth >= MAX_DEPTH) throw new YamlError(tooDeep(offset));
    const { anchor } = properties;
    const anchored: Anchored = { value: undefined, size: 0, complete: false };
    // It is known from here on: an alias below refers to it, and not to one of that name before.
    if (anchor !== undefined) this.#anchors.set(anchor, anchored);
    const before = this.#budget.values;
    const value = this.#valueOfCollection(kind, depth);
    if (anchor !== undefined) {
      anchored.value = value;
      anchored.size = this.#budget.values - before + 1;
      anchored.complete = true;
    }
    this.#valueIs(offset);
    this.#isShared = anchor !== undefined;
    return value;
  }

  #valueIs(offset: number, text?: string): void {
    this.#valueAt = offset;
    this.#valueText = text;
    this.#isShared = false;
    this.#isMerge = false;
  }

  #valueOfCollection(kind: number, depth: number): unknown {
    switch (kind) {
      case token.FLOW_SEQUENCE_START:
        return this.#flowList(depth + 1);
      case token.FLOW_MAPPING_START:
        return this.#flowMapping(depth + 1);
      case token.SEQUENCE_START:
        return this.#blockList(depth + 1);
      case token.ENTRY:
        return this.#indentlessList(depth + 1);
      default:
        return this.#blockMapping(depth + 1);
    }
  }

  #scalar(text: string, plain: boolean, { anchor, tag }: Properties, offset: number): unknown {
    let value: unknown;
    if (tag !== undefined) value = resolveTagged(tag, text);
    else value = plain ? resolvePlain(text) : text;
    if (value === undefined) {
      value = null;
      const shown = tag!.replace(YAML_TAG, "!!");
      this.#error("yaml-tag", offset, `the value does not go with its tag ${shown}`);
    } else if (typeof value === "number" && !Number.isFinite(value)) {
      value = null;
      this.#error("yaml-number", offset, `${text} has no place in JSON`, "quote it");
    }
    if (anchor !== undefined) {
      this.#anchors.set(anchor, { value, size: 1, complete: true });
    }
    const tagMerges = tag === "!" || tag === `${YAML_TAG}merge`;
    this.#isMerge = text === "<<" && (tag === undefined ? plain : tagMerges);
    return value;
  }

  #alias(): unknown {
    const { value: name, offset } = this.#tokens;
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) {
      throw new YamlError({
        rule: "yaml-alias",
        severity: "error",
        message: `there is no anchor &${name} before this`,
        hint: "write the anchor before the alias, or put the text in quotes",
        offset,
      });
    }
    if (!anchored.complete) {
      const message = `&${name} contains itself`;
      throw new YamlError({ rule: "yaml-alias", severity: "error", message, offset });
    }
    this.#tokens.next();
    this.#budget.count();
    if (!this.#budget.expand(anchored.size)) {
      const message = "the aliases stand for more values than kubectl makes of them";
      throw new YamlError({ rule: "yaml-alias-bomb", severity: "error", message, offset });
    }
    this.#valueIs(offset);
    return anchored.value;
  }

  /** A value that is not written. */
  #nothing(): null {
    this.#budget.count();
    this.#valueIs(-1);
    return null;
  }

  #blockList(depth: number): unknown[] {
    const tokens = this.#tokens;
    const items: unknown[] = [];
    tokens.next();
    for (;;) {
      const kind = tokens.peek();
      if (kind === token.BLOCK_END) {
        tokens.next();
        return items;
      }
      if (kind !== token.ENTRY) throw notAligned(tokens.offset);
      const place = this.#openItem();
      const next = tokens.peek();
      const empty = next === token.ENTRY || next === token.BLOCK_END;
      items.push(empty ? this.#nothing() : this.#node(true, false, depth));
      this.#close(place);
    }
  }

  /** A list in the column of its key: it ends where no "-" follows. */
  #indentlessList(depth: number): unknown[] {
    const tokens = this.#tokens;
    const items: unknown[] = [];
    while (tokens.peek() === token.ENTRY) {
      const place = this.#openItem();
      const empty = tokens.peek() === token.ENTRY || this.#endsBlockValue();
      items.push(empty ? this.#nothing() : this.#node(true, false, depth));
      this.#close(place);
    }
    return items;
  }

  /** Passes the "-" of an item. */
  #openItem(): number {
    this.#tokens.next();
    if (this.#positions === undefined) return -1;
    this.#tokens.peek();
    return this.#positions.open(undefined, this.#tokens.offset);
  }

  #flowList(depth: number): unknown[] {
    const tokens = this.#tokens;
    const items: unknown[] = [];
    const start = tokens.offset;
    tokens.next();
    for (
      let first = true;
      this.#goesOn("[", start, token.FLOW_SEQUENCE_END, first);
      first = false
    ) {
      const pair = tokens.peek() === token.KEY;
      const place = this.#positions?.open(undefined, tokens.offset) ?? -1;
      items.push(pair ? this.#pairInList(depth + 1) : this.#node(false, false, depth));
      this.#close(place);
    }
    return items;
  }

  /** `[a: 1]` is a list of one mapping. */
  #pairInList(depth: number): JsonObject {
    const { offset } = this.#tokens;
    this.#budget.count();
    const mapping: Mapping = { object: {}, merged: undefined };
    this.#flowPair(mapping, token.FLOW_SEQUENCE_END, depth);
    this.#valueIs(offset);
    return mapping.object;
  }

  #flowMapping(depth: number): JsonObject {
    const tokens = this.#tokens;
    const mapping: Mapping = { object: {}, merged: undefined };
    const start = tokens.offset;
    tokens.next();
    for (let first = true; this.#goesOn("{", start, token.FLOW_MAPPING_END, first); first = false) {
      this.#flowPair(mapping, token.FLOW_MAPPING_END, depth);
    }
    return mapping.object;
  }

  /** Whether brackets hold one more: passes the comma before it, or what closes them. */
  #goesOn(opening: string, start: number, closing: number, first: boolean): boolean {
    const tokens = this.#tokens;
    const kind = tokens.peek();
    if (!first && kind !== closing) {
      if (kind !== token.FLOW_ENTRY) throw notSeparated(opening, start, tokens.offset, kind);
      tokens.next();
    }
    if (tokens.peek() !== closing) return true;
    tokens.next();
    return false;
  }

  /** `key: value` inside brackets, or a key alone. */
  #flowPair(mapping: Mapping, closing: number, depth: number): void {
    const tokens = this.#tokens;
    const hasIndicator = tokens.peek() === token.KEY;
    if (hasIndicator) tokens.next();
    const ends = (kind: number): boolean => kind === token.FLOW_ENTRY || kind === closing;
    const kind = tokens.peek();
    const keyAt = tokens.offset;
    const absent = hasIndicator && (kind === token.VALUE || ends(kind));
    const key = absent ? this.#nullKey(keyAt) : this.#key(false, depth);
    const place = this.#openPair(key, keyAt);
    let written = hasIndicator && tokens.peek() === token.VALUE;
    if (written) {
      tokens.next();
      written = !ends(tokens.peek());
    }
    const isAlias = written && tokens.peek() === token.ALIAS;
    const value = written ? this.#node(false, false, depth) : this.#nothing();
    this.#close(place);
    this.#set(mapping, key, keyAt, value, isAlias);
  }

  #blockMapping(depth: number): JsonObject {
    const tokens = this.#tokens;
    const mapping: Mapping = { object: {}, merged: undefined };
    tokens.next();
    for (;;) {
      const kind = tokens.peek();
      if (kind === token.BLOCK_END) {
        tokens.next();
        return mapping.object;
      }
      if (kind !== token.KEY) throw notAligned(tokens.offset);
      tokens.next();
      const absent = this.#endsBlockValue();
      const keyAt = tokens.offset;
      const key = absent ? this.#nullKey(keyAt) : this.#key(true, depth);
      const place = this.#openPair(key, keyAt);
      let written = tokens.peek() === token.VALUE;
      if (written) {
        tokens.next();
        written = !this.#endsBlockValue();
      }
      const isAlias = written && tokens.peek() === token.ALIAS;
      const value = written ? this.#node(true, true, depth) : this.#nothing();
      this.#close(place);
      this.#set(mapping, key, keyAt, value, isAlias);
    }
  }

  #endsBlockValue(): boolean {
    const kind = this.#tokens.peek();
    return kind === token.KEY || kind === token.VALUE || kind === token.BLOCK_END;
  }

  /** Undefined, and told, when it cannot be a key of JSON. */
  #key(block: boolean, depth: number): Key | undefined {
    const tokens = this.#tokens;
    const kind = tokens.peek();
    const { offset, value: text } = tokens;
    if (kind === token.QUOTED || kind === token.PLAIN) {
      this.#budget.count();
      tokens.next();
      if (kind === token.QUOTED) return text;
      if (text === "<<") return MERGE;
      const key = resolveKey(text);
      return key ?? this.#nullKey(offset);
    }
    const value = this.#node(block, block, depth);
    if (this.#isMerge) return MERGE;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return this.#nullKey(offset);
  }

  #nullKey(offset: number): undefined {
    const message = "a key is a string here, not a mapping, a list or nothing";
    this.#error("yaml-key", offset, message);
    return undefined;
  }

  #openPair(key: Key | undefined, keyAt: number): number {
    return this.#positions?.open(key ?? "", keyAt) ?? -1;
  }

  #close(place: number): void {
    this.#positions?.close(place, this.#valueAt, this.#valueText, this.#isShared);
  }

  #set(
    mapping: Mapping,
    key: Key | undefined,
    keyAt: number,
    value: unknown,
    alias: boolean,
  ): void {
    if (key === undefined) return;
    if (key === MERGE) {
      this.#merge(mapping, this.#valueAt < 0 ? keyAt : this.#valueAt, value, alias);
      return;
    }
    const { object, merged } = mapping;
    if (Object.hasOwn(object, key) && merged?.delete(key) !== true) {
      this.#problems.push(duplicateKey(key, keyAt));
    }
    setOwn(object, key, value);
  }

  /** As kubectl does it: a merged value takes the place of one written before the `<<`, too. */
  #merge(mapping: Mapping, at: number, value: unknown, alias: boolean): void {
    // Several mappings may be merged by a list, but not by an alias of one; the first counts most.
    const sources = Array.isArray(value) && !alias ? [...value].reverse() : [value];
    mapping.merged ??= new Set();
    for (const source of sources) {
      if (typeof source !== "object" || source === null || Array.isArray(source)) {
        this.#error("yaml-merge", at, "<< merges mappings, and this is none");
        return;
      }
      for (const [key, item] of Object.entries(source)) {
        setOwn(mapping.object, key, item);
        mapping.merged.add(key);
      }
    }
  }

  #error(rule: string, offset: number, message: string, hint?: string): void {
    const problem: TextProblem = { rule, severity: "error", message, offset };
    this.#problems.push(hint === undefined ? problem : { ...problem, hint });
  }

  #unexpected(kind: number, offset: number): YamlError {
    switch (kind) {
      case token.FLOW_ENTRY:
        return syntaxError("a comma with nothing before it", offset, "remove it");
      case token.FLOW_SEQUENCE_END:
      case token.FLOW_MAPPING_END:
        return syntaxError("a bracket that was not opened is closed", offset, "remove it");
      case token.STREAM_END:
      case token.DOCUMENT_START:
      case token.DOCUMENT_END:
        return syntaxError("a bracket that was opened is not closed before this", offset);
      default:
        return syntaxError("a value is missing before this", offset);
    }
  }
}

type Key = string | typeof MERGE;

/** A mapping that is being read. */
interface Mapping {
  readonly object: JsonObject;
  /** The keys that a merge (`<<`) brought in: the mapping may still set them itself. */
  merged: Set<string> | undefined;
}

/** A plain assignment to `__proto__` would set the prototype. */
function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else {
    const property = { value, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, key, property);
  }
}

function notAligned(offset: number): YamlError {
  const hint = "align it with its siblings, or indent it further than its parent";
  return syntaxError("the indentation does not fit the lines above", offset, hint);
}

function notSeparated(opening: string, start: number, offset: number, kind: number): YamlError {
  if (kind === token.STREAM_END || kind === token.DOCUMENT_START || kind === token.DOCUMENT_END) {
    return syntaxError(`a ${opening} that was opened is not closed in this document`, start);
  }
  const hint = "put a comma between two, or the text in quotes";
  return syntaxError(`neither a comma nor the end of the ${opening} follows`, offset, hint);
}
