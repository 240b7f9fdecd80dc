/** Commands of kubectl, and the equivalents here. */
const INSTEAD: Readonly<Record<string, string>> = {
  apply: "save the file: a running `kubelane up` follows its manifests",
  create: "save the file: a running `kubelane up` follows its manifests",
  replace: "save the file: a running `kubelane up` follows its manifests",
  edit: "edit the file: a running `kubelane up` follows its manifests",
  patch: "edit the file: a running `kubelane up` follows its manifests",
  delete: "take the object out of its file: a running `kubelane up` follows its manifests",
  rollout: "`kubelane restart deploy/web` starts pods again, `kubelane wait` waits for them",
  "port-forward": "`kubelane up` serves every Service, by name and by address",
  proxy: "`kubelane up` is one: curl -x http://127.0.0.1:8080 http://web.shop/",
  expose: "write a Service; a running `kubelane up` follows its manifests",
};

/** The advice for a command of kubectl that does not exist here. */
export function insteadOfKubectl(word: string): string | undefined {
  return Object.hasOwn(INSTEAD, word) ? INSTEAD[word] : undefined;
}
