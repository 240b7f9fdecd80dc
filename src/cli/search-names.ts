/**
 * The full names that a resolver in a pod of `namespace` tries for a name, in order. A name that ends in a
 * dot or already lies in the zone is tried as it is, where a pod would ask for needless ones before; one
 * that no search domain completes would go to an upstream, which is not asked here.
 */
export function searchNames(name: string, namespace: string, zone: string): string[] {
  const lower = name.toLowerCase();
  if (name.endsWith(".") || lower === zone || lower.endsWith(`.${zone}`)) return [name];
  return [`${namespace}.svc.${zone}`, `svc.${zone}`, zone].map((end) => `${name}.${end}`);
}
