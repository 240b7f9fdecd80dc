/** `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.ports[0].port` */
const STEP = /\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]|\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]/y;

/**
 * The value at a JSONPath, in the subset that CustomResourceDefinitions use for columns and scale: fields, indexes,
 * and the first item that matches a comparison. Undefined where nothing is found, or for any other form of path.
 */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return undefined;
    const [, field, quoted, index, key, wanted] = match;
    if (index !== undefined) value = Array.isArray(value) ? value[Number(index)] : undefined;
    else if (key !== undefined) {
      const list: readonly unknown[] = Array.isArray(value) ? value : [];
      value = list.find((item) => String(valueAt(item, `.${key}`)) === wanted);
    } else value = fieldOf(value, (field ?? quoted)!);
  }
  return value;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** A copy of an object with another value at a path of plain fields: `.spec.replicas`. */
export function withValueAt<T extends object>(object: T, path: string, value: unknown): T {
  const [name = "", ...rest] = path.replace(/^\./, "").split(".");
  const below = fieldOf(object, name);
  const inner = typeof below === "object" && below !== null ? below : {};
  return {
    ...object,
    [name]: rest.length === 0 ? value : withValueAt(inner, rest.join("."), value),
  };
}
