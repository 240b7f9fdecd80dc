/**
 * The groups of files that import each other in a loop: the strongly connected components of more than one file
 * (Tarjan's algorithm).
 */
export function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string): number => {
    const number = numbers.size;
    numbers.set(file, number);
    lowest.set(file, number);
    open.push(file);
    for (const to of imports.get(file) ?? []) {
      const reached = numbers.has(to)
        ? open.includes(to)
          ? numbers.get(to)!
          : Infinity
        : visit(to);
      lowest.set(file, Math.min(lowest.get(file)!, reached));
    }
    const low = lowest.get(file)!;
    if (low === number) {
      const group = open.splice(open.indexOf(file));
      if (group.length > 1 || imports.get(file)?.includes(file)) found.push(group.sort());
    }
    return low;
  };
  for (const file of imports.keys()) if (!numbers.has(file)) visit(file);
  return found.sort();
}
