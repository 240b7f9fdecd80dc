type Blank = " " | "\t" | "\r" | "\n";

/** Characters that no key and no value has. */
type Alien =
  | (Blank | "=" | "!" | "(" | ")" | "," | "<" | ">")
  | ('"' | "'" | "`" | ":" | ";" | "&" | "|" | "*" | "?" | "~" | "$" | "@" | "%" | "#" | "+")
  | ("[" | "]" | "{" | "}" | "\\");

type TrimStart<T extends string> = T extends `${Blank}${infer Rest}` ? TrimStart<Rest> : T;
type TrimEnd<T extends string> = T extends `${infer Rest}${Blank}` ? TrimEnd<Rest> : T;
type Trim<T extends string> = TrimStart<TrimEnd<T>>;

type Wrong<Why extends string, T extends string> = { error: `${Why}: "${T}"` };

type Key<T extends string> = T extends ""
  ? Wrong<"a key is missing", T>
  : T extends `${string}${Alien}${string}`
    ? Wrong<"not a label key", T>
    : true;

type Value<T extends string> = T extends `${string}${Alien}${string}`
  ? Wrong<"not a label value", T>
  : true;

type Both<A, B> = A extends true ? B : A;

/** One requirement without parentheses. The longer operators come first, as when parsing. */
type Simple<T extends string> = T extends `!${infer K}`
  ? Key<Trim<K>>
  : T extends `${infer K}!=${infer V}`
    ? Both<Key<Trim<K>>, Value<Trim<V>>>
    : T extends `${infer K}==${infer V}`
      ? Both<Key<Trim<K>>, Value<Trim<V>>>
      : T extends `${infer K}=${infer V}`
        ? Both<Key<Trim<K>>, Value<Trim<V>>>
        : T extends `${infer K}>${infer V}`
          ? Both<Key<Trim<K>>, Integer<Trim<V>>>
          : T extends `${infer K}<${infer V}`
            ? Both<Key<Trim<K>>, Integer<Trim<V>>>
            : Key<T>;

type Integer<T extends string> = T extends `${bigint}`
  ? true
  : T extends `0${infer Rest}`
    ? Integer<Rest>
    : Wrong<"not an integer", T>;

type Values<T extends string> = T extends `${infer V},${infer Rest}`
  ? Both<Value<Trim<V>>, Values<Rest>>
  : Value<Trim<T>>;

/** What stands before the parenthesis: a key and `in` or `notin`. */
type Head<T extends string> = T extends `${infer K}${Blank}notin`
  ? Key<Trim<K>>
  : T extends `${infer K}${Blank}in`
    ? Key<Trim<K>>
    : Wrong<"expected in or notin before the parenthesis", T>;

type Requirements<T extends string> = T extends `${infer One},${infer Rest}`
  ? One extends `${string}(${string}`
    ? WithList<T>
    : Both<Simple<Trim<One>>, Requirements<Rest>>
  : T extends `${string}(${string}`
    ? WithList<T>
    : Simple<Trim<T>>;

type WithList<T extends string> = T extends `${infer H}(${infer L})${infer Rest}`
  ? Both<Head<Trim<H>>, Both<Values<L>, AfterList<Trim<Rest>>>>
  : Wrong<"a parenthesis is not closed", T>;

type AfterList<T extends string> = T extends ""
  ? true
  : T extends `,${infer Rest}`
    ? Requirements<Rest>
    : Wrong<"expected a comma after the parenthesis", T>;

/**
 * `T` itself when it is the text of a selector, as far as the compiler looks: operators, commas,
 * parentheses, and characters that no label has. Lengths and the ends of names are left to the
 * parser. Otherwise an object type whose `error` says what is wrong. Plain `string` passes.
 *
 * It takes one step a requirement and a value, not one a character.
 */
export type SelectorText<T extends string> = string extends T
  ? T
  : Trim<T> extends ""
    ? T
    : Requirements<T> extends infer Result
      ? Result extends true
        ? T
        : Result
      : never;
