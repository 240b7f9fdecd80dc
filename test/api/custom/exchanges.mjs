/**
 * What is asked of a server about custom resources: definitions that use every extension of a structural schema, and
 * objects that keep or break them. `record.mjs` asks a real kube-apiserver, and its answers are the fixture.
 */

const version = (name, schema, more = {}) => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema },
  ...more,
});

export const definition = (plural, kind, versions, more = {}) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.test.example.com` },
  spec: {
    group: "test.example.com",
    scope: "Namespaced",
    names: { plural, kind },
    versions,
    ...more,
  },
});

const object = (properties, more = {}) => ({ type: "object", properties, ...more });
const spec = (properties, more = {}) => object({ spec: object(properties, more) });
const text = (more = {}) => ({ type: "string", ...more });
const whole = (more = {}) => ({ type: "integer", ...more });
const list = (items, more = {}) => ({ type: "array", items, ...more });
const rule = (rule, more = {}) => ({ "x-kubernetes-validations": [{ rule, ...more }] });

const VALUES = spec({
  size: whole({ minimum: 1, maximum: 10 }),
  ratio: { type: "number", exclusiveMinimum: true, minimum: 0, multipleOf: 0.5 },
  name: text({ minLength: 2, maxLength: 5, pattern: "^[a-z]+$" }),
  color: text({ enum: ["red", "green"] }),
  flag: { type: "boolean" },
  tags: list(text(), { minItems: 1, maxItems: 3, "x-kubernetes-list-type": "set" }),
  ports: list(object({ name: text(), port: whole({ format: "int32" }) }, { required: ["name"] }), {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
  }),
  limits: {
    type: "object",
    additionalProperties: { "x-kubernetes-int-or-string": true },
    minProperties: 1,
    maxProperties: 2,
  },
  unique: list(text(), { maxItems: 4 }),
  when: text({ format: "date-time" }),
  day: text({ format: "date" }),
  address: text({ format: "ipv4" }),
  address6: text({ format: "ipv6" }),
  range: text({ format: "cidr" }),
  link: text({ format: "uri" }),
  mail: text({ format: "email" }),
  host: text({ format: "hostname" }),
  id: text({ format: "uuid" }),
  data: text({ format: "byte" }),
  time: text({ format: "duration" }),
  mac: text({ format: "mac" }),
  other: text({ format: "nobody-knows" }),
  deep: object({ a: object({ b: whole() }, { required: ["b"] }) }),
  choice: object(
    { one: text(), two: text() },
    { oneOf: [{ required: ["one"] }, { required: ["two"] }] },
  ),
  some: object(
    { x: whole() },
    { anyOf: [{ properties: { x: { minimum: 5 } } }, { required: ["y"] }] },
  ),
  not: text({ not: { enum: ["bad"] } }),
  all: whole({ allOf: [{ minimum: 2 }, { maximum: 4 }] }),
  nullable: text({ nullable: true }),
  open: {
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
    properties: { k: whole() },
  },
  closed: object({ a: whole() }),
  embedded: {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true,
  },
  anything: { "x-kubernetes-preserve-unknown-fields": true },
});

const DEFAULTS = spec(
  {
    replicas: whole({ default: 3 }),
    mode: text({ default: "auto" }),
    nested: object({ level: whole({ default: 1 }), name: text() }, { default: {} }),
    absent: object({ level: whole({ default: 1 }) }),
    items: list(object({ kind: text({ default: "plain" }), name: text() })),
    map: {
      type: "object",
      additionalProperties: object({ on: { type: "boolean", default: true } }),
    },
    maybe: text({ nullable: true, default: "x" }),
  },
  { default: {} },
);

const RULES = object({
  spec: object(
    {
      min: whole(),
      max: whole(),
      name: text({ maxLength: 20 }),
      fixed: text(rule("self == oldSelf", { message: "fixed can't be changed" })),
      once: text({
        "x-kubernetes-validations": [
          { rule: "!oldSelf.hasValue() || self == oldSelf.value()", optionalOldSelf: true },
        ],
      }),
      share: { type: "number", ...rule("self <= 1.0") },
      list: list(object({ type: text(), v: whole() }), {
        maxItems: 5,
        ...rule("self.filter(e, e.type == 'a').size() <= 1", { message: "at most one a" }),
      }),
      first: list(object({ at: object({ a: text({ maxLength: 9 }) }) }), {
        maxItems: 5,
        ...rule("size(self) == 0 || has(self[0].at) && (!has(self[0].at.a) || self[0].at.a != '')"),
      }),
      keys: {
        type: "object",
        maxProperties: 5,
        additionalProperties: text({ maxLength: 9 }),
        ...rule("self.all(k, self[k] != '')", { reason: "FieldValueForbidden" }),
      },
      namespace: text(rule("self != 'kube-system'")),
      ends: text({ format: "date-time", ...rule("self > timestamp('2020-01-01T00:00:00Z')") }),
      wait: text({ format: "duration", ...rule("self <= duration('1m')") }),
      both: object(
        { a: whole(), b: whole() },
        rule("has(self.a) == has(self.b)", {
          messageExpression: "'a is ' + (has(self.a) ? 'there' : 'missing')",
        }),
      ),
      reserved: object(
        { namespace: text(), "a-b": text(), "c.d/e": text() },
        {
          ...rule("!has(self.__namespace__) || self.__namespace__ != 'x'"),
        },
      ),
      either: {
        "x-kubernetes-int-or-string": true,
        ...rule("type(self) == int ? self > 0 : self.endsWith('%')"),
      },
      words: text({
        maxLength: 30,
        ...rule(
          "self.lowerAscii().split(',').exists(w, w.trim() == 'yes') || self.find('[0-9]+') == '42'",
        ),
      }),
      set: list(text({ maxLength: 9 }), {
        maxItems: 9,
        ...rule("sets.contains(['a', 'b', 'c'], self)"),
      }),
      amount: text({
        maxLength: 9,
        ...rule("isQuantity(self) && quantity(self).isLessThan(quantity('2Gi'))"),
      }),
      ip: text({ maxLength: 40, ...rule("isIP(self) && ip(self).family() == 4") }),
      net: text({ maxLength: 40, ...rule("isCIDR(self) && cidr(self).containsIP('10.1.2.3')") }),
      url: text({
        maxLength: 80,
        ...rule("isURL(self) && url(self).getScheme() == 'https' && url(self).getHost() == 'a.b'"),
      }),
      sorted: list(whole(), {
        maxItems: 9,
        ...rule("self.isSorted() && self.sum() < 10 && self.max() < 8"),
      }),
      label: text({ maxLength: 80, ...rule("!format.dns1123Label().validate(self).hasValue()") }),
    },
    {
      "x-kubernetes-validations": [
        {
          rule: "!has(self.min) || !has(self.max) || self.min <= self.max",
          message: "min is above max",
          fieldPath: ".min",
        },
        { rule: "!has(self.max) || self.max < 100" },
      ],
    },
  ),
});

const SCALED = object({
  spec: object({ replicas: whole({ minimum: 0 }), note: text() }),
  status: object({ replicas: whole(), selector: text(), phase: text({ enum: ["Up", "Down"] }) }),
});

const thing = (kind, name, spec, more = {}) => ({
  apiVersion: "test.example.com/v1",
  kind,
  metadata: { name, namespace: "default", ...more.metadata },
  ...(spec !== undefined && { spec }),
  ...(more.status && { status: more.status }),
});

const at = (plural, name = "", v = "v1") =>
  `/apis/test.example.com/${v}/namespaces/default/${plural}${name && `/${name}`}`;

let count = 0;
const create = (plural, kind, spec, query = "") => ({
  method: "POST",
  path: at(plural) + query,
  body: thing(kind, `${kind.toLowerCase()}-${count++}`, spec),
});
const values = (spec, query) => create("values", "Value", spec, query);
const defaults = (spec, query) => create("defaults", "Default", spec, query);
const rules = (spec, query) => create("rules", "Rule", spec, query);
const merge = (path, body) => ({
  method: "PATCH",
  path,
  body,
  type: "application/merge-patch+json",
});
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const define = (...args) => ({ method: "POST", path: DEFINITIONS, body: definition(...args) });
const get = (path) => ({ method: "GET", path });

/** Definitions whose objects are asked about. They are there before anything else is asked. */
export const DEFINED = [
  define("values", "Value", [version("v1", VALUES)]),
  define("defaults", "Default", [version("v1", DEFAULTS)]),
  define("rules", "Rule", [version("v1", RULES)]),
  define(
    "sizes",
    "Size",
    [
      version("v1", SCALED, {
        subresources: {
          status: {},
          scale: {
            specReplicasPath: ".spec.replicas",
            statusReplicasPath: ".status.replicas",
            labelSelectorPath: ".status.selector",
          },
        },
        additionalPrinterColumns: [
          {
            name: "Replicas",
            type: "integer",
            jsonPath: ".spec.replicas",
            description: "how many",
          },
          { name: "Phase", type: "string", jsonPath: ".status.phase" },
          { name: "Note", type: "string", jsonPath: ".spec.note", priority: 1 },
          { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
      }),
    ],
    { names: { plural: "sizes", kind: "Size", shortNames: ["sz"], categories: ["all", "mine"] } },
  ),
  define("olds", "Old", [
    version("v1", spec({ a: whole() })),
    version("v1beta1", spec({ a: whole(), b: whole() }), {
      storage: false,
      deprecated: true,
    }),
    version("v1alpha1", spec({ a: whole() }), { storage: false, served: false }),
  ]),
  define("globals", "Global", [version("v1", spec({ a: whole() }))], { scope: "Cluster" }),
];

export const EXCHANGES = [
  values({ size: 3, ratio: 1.5, name: "abc", color: "red", flag: true, tags: ["a"] }),
  values({ size: 0 }),
  values({ size: 11, name: "a", color: "blue" }),
  values({ size: "3" }),
  values({ size: 1.5 }),
  values({ size: 2.0 }),
  values({ size: null }),
  values({ ratio: 0 }),
  values({ ratio: 0.3 }),
  values({ name: "abcdef" }),
  values({ name: "ABC" }),
  values({ name: "" }),
  values({ name: 5 }),
  values({ flag: "true" }),
  values({ tags: [] }),
  values({ tags: ["a", "b", "c", "d"] }),
  values({ tags: ["a", "a"] }),
  values({ tags: "a" }),
  values({ tags: [1] }),
  values({ tags: [null] }),
  values({ ports: [{ name: "a" }, { name: "a" }] }),
  values({ ports: [{ port: 1 }] }),
  values({ ports: [{ name: "a", port: 3000000000 }] }),
  values({ limits: {} }),
  values({ limits: { a: 1, b: "2", c: 3 } }),
  values({ limits: { a: true } }),
  values({ limits: { a: 1, b: "x" } }),
  values({ unique: ["a", "a"] }),
  ...[
    ["when", "2020-01-01T00:00:00Z", "2020-01-01", "yesterday"],
    ["day", "2020-01-01", "2020-13-01", "x"],
    ["address", "10.0.0.1", "10.0.0.256", "::1", "x"],
    ["address6", "::1", "10.0.0.1"],
    ["range", "10.0.0.0/8", "10.0.0.0/40", "10.0.0.0"],
    ["link", "https://a.b/c", "not a link", "/path"],
    ["mail", "a@b.c", "a b"],
    ["host", "a.b.c", "-a", "a_b"],
    ["id", "123e4567-e89b-12d3-a456-426614174000", "x"],
    ["data", "aGVsbG8=", "%%%"],
    ["time", "1h30m", "3 days", "x", "5"],
    ["mac", "00:00:5e:00:53:01", "x"],
    ["other", "anything"],
  ].flatMap(([field, ...texts]) => texts.map((value) => values({ [field]: value }))),
  values({ deep: {} }),
  values({ deep: { a: {} } }),
  values({ deep: { a: null } }),
  values({ deep: { a: { b: "x" } } }),
  values({ choice: {} }),
  values({ choice: { one: "1" } }),
  values({ choice: { one: "1", two: "2" } }),
  values({ some: { x: 1 } }),
  values({ some: { x: 5 } }),
  values({ not: "bad" }),
  values({ not: "good" }),
  values({ all: 1 }),
  values({ all: 5 }),
  values({ nullable: null }),
  values({ open: { k: 1, z: { y: [1] } } }),
  values({ open: { k: "x" } }),
  values({ closed: { a: 1, b: 2 } }),
  values({ closed: { a: 1, b: 2 }, unknown: { x: 1 } }, "?fieldValidation=Strict"),
  values({ closed: { a: 1, b: 2 } }, "?fieldValidation=Ignore"),
  values({
    embedded: { apiVersion: "v1", kind: "Pod", metadata: { name: "a", nope: 1 }, spec: { x: 1 } },
  }),
  values({ embedded: { kind: "Pod" } }),
  values({ anything: [1, { a: "b" }] }),
  values({ anything: "x" }),
  values([]),
  values("x"),
  values(undefined),
  { method: "POST", path: at("values"), body: { ...thing("Value", "rooted"), other: 1 } },
  { method: "POST", path: at("values"), body: thing("Value", "Not_A_Name") },
  { method: "POST", path: at("values"), body: thing("Other", "other") },
  {
    method: "POST",
    path: at("values"),
    body: thing("Value", "labels", {}, { metadata: { labels: { "a b": "c d" } } }),
  },
  defaults({}),
  defaults(undefined),
  defaults({
    replicas: 1,
    nested: { name: "n" },
    absent: {},
    items: [{}, { kind: "k" }],
    map: { a: {} },
  }),
  defaults({ replicas: null, mode: null, maybe: null, nested: null }),
  defaults({ items: [{ name: "a", extra: 1 }] }),
  rules({ min: 1, max: 2 }),
  rules({ min: 3, max: 2 }),
  rules({ max: 100 }),
  rules({ min: 300, max: 200 }),
  rules({ max: "x", min: 3 }),
  rules({ list: [{ type: "a" }, { type: "a" }] }),
  rules({ list: [{ type: "a" }, { type: "b", v: 1 }] }),
  rules({ list: [{ v: 1 }] }),
  rules({ first: [{}] }),
  rules({ first: [{ at: {} }] }),
  rules({ first: [{ at: { a: "" } }] }),
  rules({ keys: { a: "" } }),
  rules({ keys: { a: "b" } }),
  rules({ namespace: "kube-system" }),
  rules({ share: 1 }),
  rules({ share: 1.5 }),
  rules({ ends: "2019-01-01T00:00:00Z" }),
  rules({ ends: "2021-01-01T00:00:00Z" }),
  rules({ wait: "30s" }),
  rules({ wait: "2m" }),
  rules({ both: { a: 1 } }),
  rules({ both: { b: 1 } }),
  rules({ both: { a: 1, b: 1 } }),
  rules({ reserved: { namespace: "x" } }),
  rules({ reserved: { namespace: "y", "a-b": "1" } }),
  rules({ either: 0 }),
  rules({ either: 5 }),
  rules({ either: "5%" }),
  rules({ either: "5" }),
  rules({ words: "No, Yes" }),
  rules({ words: "no 42" }),
  rules({ words: "no 41" }),
  rules({ set: ["a", "c"] }),
  rules({ set: ["a", "d"] }),
  rules({ amount: "1Gi" }),
  rules({ amount: "3Gi" }),
  rules({ amount: "x" }),
  rules({ ip: "10.0.0.1" }),
  rules({ ip: "::1" }),
  rules({ ip: "x" }),
  rules({ net: "10.0.0.0/8" }),
  rules({ net: "11.0.0.0/8" }),
  rules({ url: "https://a.b/c" }),
  rules({ url: "http://a.b/c" }),
  rules({ url: "x" }),
  rules({ sorted: [1, 2, 3] }),
  rules({ sorted: [3, 1] }),
  rules({ label: "abc" }),
  rules({ label: "A_b" }),
  {
    method: "POST",
    path: at("rules"),
    body: thing("Rule", "held", { fixed: "a", once: "b", min: 1 }),
  },
  merge(at("rules", "held"), { spec: { fixed: "b" } }),
  merge(at("rules", "held"), { spec: { once: "c" } }),
  merge(at("rules", "held"), { spec: { min: 2 } }),
  merge(at("rules", "held"), { spec: { fixed: null } }),
  {
    method: "POST",
    path: at("sizes"),
    body: thing("Size", "one", { replicas: 2, note: "n" }, { status: { phase: "Up" } }),
  },
  get(at("sizes", "one/status")),
  merge(at("sizes", "one/status"), {
    status: { phase: "Up", replicas: 1, selector: "a=b" },
    spec: { note: "no" },
  }),
  merge(at("sizes", "one/status"), { status: { phase: "Sideways" } }),
  merge(at("sizes", "one/status"), { status: { unknown: 1 } }),
  merge(at("sizes", "one"), { status: { phase: "Down" }, spec: { note: "changed" } }),
  get(at("sizes", "one/scale")),
  merge(at("sizes", "one/scale"), { spec: { replicas: 5 } }),
  merge(at("sizes", "one/scale"), { spec: { replicas: -1 } }),
  get(at("sizes", "one")),
  get(at("values", "value-0/status")),
  get(at("values", "value-0/scale")),
  { method: "POST", path: at("olds"), body: thing("Old", "new", { a: 1, b: 2 }) },
  {
    method: "POST",
    path: at("olds", "", "v1beta1"),
    body: { ...thing("Old", "beta", { a: 1, b: 2 }), apiVersion: "test.example.com/v1beta1" },
  },
  get(at("olds", "beta")),
  get(at("olds", "beta", "v1beta1")),
  get(at("olds", "beta", "v1alpha1")),
  {
    method: "POST",
    path: "/apis/test.example.com/v1/globals",
    body: {
      apiVersion: "test.example.com/v1",
      kind: "Global",
      metadata: { name: "g" },
      spec: { a: 1 },
    },
  },
  get("/apis/test.example.com/v1/globals/g"),
  { method: "DELETE", path: "/apis/test.example.com/v1/globals/g" },
  {
    method: "PATCH",
    path: `${at("sizes", "applied")}?fieldManager=me`,
    type: "application/apply-patch+yaml",
    body: thing("Size", "applied", { replicas: 1, wrong: 1 }),
  },
  {
    method: "PATCH",
    path: `${at("sizes", "applied")}?fieldManager=me`,
    type: "application/apply-patch+yaml",
    body: thing("Size", "applied", { replicas: -1 }),
  },
  {
    method: "PATCH",
    path: at("sizes", "applied"),
    type: "application/strategic-merge-patch+json",
    body: {},
  },
  define("bads", "Bad", [version("v1", { type: "object", properties: { spec: {} } })]),
  define("bads", "Bad", [
    version("v1", { type: "object", properties: { spec: { type: "array" } } }),
  ]),
  define("bads", "Bad", [version("v1", spec({ a: whole({ default: "x" }) }))]),
  define("bads", "Bad", [version("v1", spec({ a: text(rule("self ==")) }))]),
  define("bads", "Bad", [version("v1", spec({ a: text({ pattern: "[" }) }))]),
  define("bads", "Bad", [version("v1", spec({ a: list(text(), { uniqueItems: true }) }))]),
  define("bads", "Bad", [
    version("v1", spec({ a: list(object({ k: text() }), { "x-kubernetes-list-type": "map" }) })),
  ]),
  define("bads", "Bad", [version("v1", spec({}), { storage: false })]),
  define("bads", "Bad", []),
  define("values", "Value", [version("v1", VALUES)]),
];
