/** A request: what is not said is a GET without a body. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are of every kind, broken ones too.
  readonly body?: any;
}
export const DEFINED: readonly Exchange[];
export const EXCHANGES: readonly Exchange[];
export function definition(
  plural: string,
  kind: string,
  versions: readonly object[],
  more?: object,
): { readonly metadata: { readonly name: string } };
