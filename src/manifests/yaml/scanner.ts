import {
  COLON,
  DASH,
  DOUBLE_QUOTE,
  endsWord,
  HASH,
  isBreak,
  isWordCharacter,
  SINGLE_QUOTE,
  SPACE,
  TAB,
} from "./characters.ts";
import { Cursor } from "./cursor.ts";
import { isDocumentIndicator } from "./document-indicator.ts";
import { scanBlock } from "./scan-block.ts";
import { scanPlain } from "./scan-plain.ts";
import { scanQuoted } from "./scan-quoted.ts";
import { scanTag } from "./scan-tag.ts";
import * as token from "./token.ts";
import { syntaxError } from "./yaml-error.ts";

const PERCENT = 0x25;
const DIRECTIVE = /^%(?:YAML[ \t]+\d{1,2}\.\d{1,2}|TAG[ \t]+!(?:[\w-]*!)?[ \t]+\S+)[ \t]*(?:#.*)?$/;

/** So many characters behind its begin, nothing becomes a key any more, unless it says so by `?`. */
const MAX_KEY = 1024;

/** What may turn out to be a key when its `:` comes. One at each level of brackets. */
interface PossibleKey {
  /** Its place in the queue, or -1 when there is no candidate for a key. */
  slot: number;
  offset: number;
  /** Whether nothing else may stand here: the begin of a line in a block mapping. */
  required: boolean;
}

/**
 * Finds the tokens of a document, in the way of libyaml, whose Go version kubectl reads YAML with: what
 * counts as a key, where blocks end, and what is an error is decided by the same state. A token that
 * may begin a key waits in the queue behind a `PENDING` one until that is known.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #kinds: number[] = [];
  readonly #offsets: number[] = [];
  readonly #values: string[] = [];
  #head = 0;
  #tail = 0;
  #ended = false;

  /** The column of the innermost block, -1 outside of all. */
  #indent = -1;
  readonly #indents: number[] = [];
  /** How many brackets are open. */
  #flowLevel = 0;
  readonly #keys: PossibleKey[] = [{ slot: -1, offset: 0, required: false }];
  /** Whether a key may begin here. */
  #keyAllowed = true;

  constructor(text: string, start: number, end: number) {
    this.#cursor = new Cursor(text, start, end);
  }

  /** The kind of the next token. */
  peek(): number {
    for (;;) {
      if (this.#head === this.#tail) {
        this.#head = 0;
        this.#tail = 0;
        this.#fetch();
        continue;
      }
      const kind = this.#kinds[this.#head]!;
      if (kind === token.PENDING) {
        if (this.#isStillPossible(this.#keys[this.#offsets[this.#head]!]!)) this.#fetch();
      } else if (kind === token.NOTHING) this.#head++;
      else return kind;
    }
  }

  /** Where the token begins that was peeked at. */
  get offset(): number {
    return this.#offsets[this.#head]!;
  }

  /** The text of a scalar, the name of an anchor or alias, the tag. */
  get value(): string {
    return this.#values[this.#head]!;
  }

  next(): void {
    if (this.#kinds[this.#head] === token.MAPPING_AND_KEY) this.#kinds[this.#head] = token.KEY;
    else this.#head++;
  }

  #push(kind: number, offset: number, value = ""): void {
    this.#kinds[this.#tail] = kind;
    this.#offsets[this.#tail] = offset;
    this.#values[this.#tail] = value;
    this.#tail++;
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#closeBlocks(cursor.column);
    if (cursor.offset >= cursor.end) {
      this.#endStream();
      return;
    }
    const code = cursor.code();
    if (cursor.offset === cursor.lineStart && code === PERCENT) this.#directive();
    else if (cursor.offset === cursor.lineStart && isDocumentIndicator(cursor)) {
      this.#documentIndicator(code === DASH);
    } else this.#fetchByCharacter(code);
  }

  #fetchByCharacter(code: number): void {
    const cursor = this.#cursor;
    switch (code) {
      case 0x5b /* [ */:
        this.#openBrackets(token.FLOW_SEQUENCE_START);
        break;
      case 0x7b /* { */:
        this.#openBrackets(token.FLOW_MAPPING_START);
        break;
      case 0x5d /* ] */:
        this.#closeBrackets(token.FLOW_SEQUENCE_END);
        break;
      case 0x7d /* } */:
        this.#closeBrackets(token.FLOW_MAPPING_END);
        break;
      case 0x2c /* , */:
        this.#flowEntry();
        break;
      case DASH:
        if (endsWord(cursor.code(1))) this.#entry();
        else this.#plain();
        break;
      case 0x3f /* ? */:
        if (this.#flowLevel > 0 || endsWord(cursor.code(1))) this.#explicitKey();
        else this.#plain();
        break;
      case COLON:
        if (this.#flowLevel > 0 || endsWord(cursor.code(1))) this.#valueIndicator();
        else this.#plain();
        break;
      case 0x2a /* * */:
        this.#anchor(token.ALIAS);
        break;
      case 0x26 /* & */:
        this.#anchor(token.ANCHOR);
        break;
      case 0x21 /* ! */:
        this.#tag();
        break;
      case 0x7c /* | */:
      case 0x3e /* > */:
        if (this.#flowLevel > 0) throw noToken(cursor);
        this.#block();
        break;
      case SINGLE_QUOTE:
      case DOUBLE_QUOTE:
        this.#quoted();
        break;
      case TAB:
      case PERCENT:
      case 0x40 /* @ */:
      case 0x60 /* ` */:
        throw noToken(cursor);
      default:
        this.#plain();
    }
  }

  /** Passes blanks, comments and line breaks; after a break, blocks go on with a key or an entry. */
  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      let code = cursor.code();
      // A tab is no indentation.
      const tabs = this.#flowLevel > 0 || !this.#keyAllowed;
      while (code === SPACE || (tabs && code === TAB)) {
        cursor.offset++;
        code = cursor.code();
      }
      if (code === HASH) {
        cursor.skipLine();
        code = cursor.code();
      }
      if (!isBreak(code)) return;
      cursor.passBreak();
      if (this.#flowLevel === 0) this.#keyAllowed = true;
    }
  }

  /** Ends the blocks that are deeper than a column. */
  #closeBlocks(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#push(token.BLOCK_END, this.#cursor.offset);
      this.#indent = this.#indents.pop()!;
    }
  }

  /** @returns whether a block begins at the column: it is deeper than the one around. */
  #openBlock(column: number): boolean {
    if (this.#flowLevel > 0 || this.#indent >= column) return false;
    this.#indents.push(this.#indent);
    this.#indent = column;
    return true;
  }

  get #key(): PossibleKey {
    return this.#keys[this.#flowLevel]!;
  }

  /** What comes next could be a key. */
  #saveKey(): void {
    if (!this.#keyAllowed) return;
    const { offset, column } = this.#cursor;
    const key = this.#key;
    this.#dropKey();
    key.slot = this.#tail;
    key.offset = offset;
    key.required = this.#flowLevel === 0 && this.#indent === column;
    this.#push(token.PENDING, this.#flowLevel);
  }

  /** What could have been a key is not one. */
  #dropKey(): void {
    const key = this.#key;
    if (key.slot < 0) return;
    if (key.required) throw missingColon(key.offset);
    this.#kinds[key.slot] = token.NOTHING;
    key.slot = -1;
  }

  #isStillPossible(key: PossibleKey): boolean {
    const { offset, lineStart } = this.#cursor;
    if (key.offset >= lineStart && key.offset + MAX_KEY >= offset) return true;
    if (key.required) throw missingColon(key.offset);
    this.#kinds[key.slot] = token.NOTHING;
    key.slot = -1;
    return false;
  }

  #endStream(): void {
    const cursor = this.#cursor;
    if (this.#ended) throw new Error("scanned behind the end of a document");
    this.#ended = true;
    this.#closeBlocks(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#push(token.STREAM_END, cursor.offset);
  }

  #directive(): void {
    const cursor = this.#cursor;
    const { offset } = cursor;
    this.#closeBlocks(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#push(token.DIRECTIVE, offset);
    cursor.skipLine();
    if (!DIRECTIVE.test(cursor.text.slice(offset, Math.min(cursor.offset, offset + 1000)))) {
      throw syntaxError("a line cannot begin with %", offset, "indent it, or put it in quotes");
    }
  }

  #documentIndicator(start: boolean): void {
    this.#closeBlocks(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#push(start ? token.DOCUMENT_START : token.DOCUMENT_END, this.#cursor.offset);
    this.#cursor.offset += 3;
  }

  /** A token of one character. */
  #indicator(kind: number): void {
    this.#push(kind, this.#cursor.offset);
    this.#cursor.offset++;
  }

  #openBrackets(kind: number): void {
    this.#saveKey();
    this.#flowLevel++;
    const key = this.#keys[this.#flowLevel];
    if (key === undefined) this.#keys.push({ slot: -1, offset: 0, required: false });
    else key.slot = -1;
    this.#keyAllowed = true;
    this.#indicator(kind);
  }

  #closeBrackets(kind: number): void {
    this.#dropKey();
    if (this.#flowLevel > 0) this.#flowLevel--;
    this.#keyAllowed = false;
    this.#indicator(kind);
  }

  #flowEntry(): void {
    this.#dropKey();
    this.#keyAllowed = true;
    this.#indicator(token.FLOW_ENTRY);
  }

  #entry(): void {
    const cursor = this.#cursor;
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) {
        const hint = "begin the list on a line of its own, or put the text in quotes";
        throw syntaxError('"- " cannot begin a list here', cursor.offset, hint);
      }
      if (this.#openBlock(cursor.column)) this.#push(token.SEQUENCE_START, cursor.offset);
    }
    this.#dropKey();
    this.#keyAllowed = true;
    this.#indicator(token.ENTRY);
  }

  #explicitKey(): void {
    const cursor = this.#cursor;
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) {
        const hint = "begin it on a line of its own, or put the text in quotes";
        throw syntaxError('"? " cannot begin a key here', cursor.offset, hint);
      }
      if (this.#openBlock(cursor.column)) this.#push(token.MAPPING_START, cursor.offset);
    }
    this.#dropKey();
    this.#keyAllowed = this.#flowLevel === 0;
    this.#indicator(token.KEY);
  }

  #valueIndicator(): void {
    const cursor = this.#cursor;
    const key = this.#key;
    if (key.slot >= 0 && this.#isStillPossible(key)) {
      const opens = this.#openBlock(key.offset - cursor.lineStart);
      this.#kinds[key.slot] = opens ? token.MAPPING_AND_KEY : token.KEY;
      this.#offsets[key.slot] = key.offset;
      key.slot = -1;
      this.#keyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#keyAllowed) {
          const hint = 'a text with ": " in it needs quotes; a key needs a line of its own';
          throw syntaxError('a second ": " in one line', cursor.offset, hint);
        }
        if (this.#openBlock(cursor.column)) this.#push(token.MAPPING_START, cursor.offset);
      }
      this.#keyAllowed = this.#flowLevel === 0;
    }
    this.#indicator(token.VALUE);
  }

  #anchor(kind: number): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const cursor = this.#cursor;
    const start = cursor.offset;
    cursor.offset++;
    while (isWordCharacter(cursor.code())) cursor.offset++;
    const code = cursor.code();
    if (
      cursor.offset === start + 1 ||
      !(endsWord(code) || "?:,]}%@`".includes(String.fromCharCode(code)))
    ) {
      const what = kind === token.ANCHOR ? "an anchor (&)" : "an alias (*)";
      const hint = `put the text in quotes if it is no ${kind === token.ANCHOR ? "anchor" : "alias"}`;
      throw syntaxError(`the name of ${what} is made of letters, digits, - and _`, start, hint);
    }
    this.#push(kind, start, cursor.text.slice(start + 1, cursor.offset));
  }

  #tag(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#cursor.offset;
    this.#push(token.TAG, start, scanTag(this.#cursor));
  }

  #block(): void {
    this.#dropKey();
    this.#keyAllowed = true;
    const start = this.#cursor.offset;
    this.#push(token.QUOTED, start, scanBlock(this.#cursor, this.#indent));
  }

  #quoted(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#cursor.offset;
    this.#push(token.QUOTED, start, scanQuoted(this.#cursor));
  }

  #plain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#cursor.offset;
    const { value, passedBreak } = scanPlain(this.#cursor, this.#indent + 1, this.#flowLevel > 0);
    if (passedBreak) this.#keyAllowed = true;
    this.#push(token.PLAIN, start, value);
  }
}

function missingColon(offset: number): Error {
  const hint = 'a text over several lines needs quotes or |, and a key needs its ":"';
  return syntaxError('a key ends with ":" on the line where it begins', offset, hint);
}

function noToken(cursor: Cursor): Error {
  const code = cursor.code();
  if (code === TAB) return syntaxError("a tab cannot indent YAML", cursor.offset, "use spaces");
  const character = String.fromCharCode(code);
  return syntaxError(`nothing can begin with ${character} here`, cursor.offset, "put it in quotes");
}
