import type { Column } from "./column.ts";

/**
 * A set of label keys that items have together. Items of one workload share a shape, so an item
 * remembers its keys with a single reference. Shapes form a tree with one key a step, and a shape
 * that no item has any more goes away.
 */
export class Shape {
  readonly #parent: Shape | undefined;
  readonly #column: Column | undefined;
  readonly #next = new Map<Column, Shape>();
  #users = 0;

  constructor(parent?: Shape, column?: Column) {
    this.#parent = parent;
    this.#column = column;
  }

  /** The columns of the keys. */
  *columns(): Generator<Column> {
    let shape: Shape = this;
    while (shape.#parent && shape.#column) {
      yield shape.#column;
      shape = shape.#parent;
    }
  }

  /** The shape with one more key. */
  with(column: Column): Shape {
    let next = this.#next.get(column);
    if (!next) {
      next = new Shape(this, column);
      this.#next.set(column, next);
    }
    return next;
  }

  /** Counts one more item of this shape. */
  acquire(): void {
    this.#users++;
  }

  /** Counts one item less. */
  release(): void {
    this.#users--;
    let shape: Shape = this;
    while (shape.#parent && shape.#column && shape.#users === 0 && shape.#next.size === 0) {
      shape.#parent.#next.delete(shape.#column);
      shape = shape.#parent;
    }
  }
}
