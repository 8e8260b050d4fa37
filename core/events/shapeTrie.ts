import type { Shape, ValueType } from './shape.ts';
import type { Slot } from './slot.ts';

/** Nodes kept at most; events of further forms are read as well, but their path is built anew each time. */
const NODES_MAX = 20_000;

const VALUE_TYPES: readonly ValueType[] = ['string', 'number', 'boolean', 'null', 'object', 'array'];

/** Place of a value's type in an edge's targets. */
export const TYPE_STRING = 0;
export const TYPE_NUMBER = 1;
export const TYPE_BOOLEAN = 2;
export const TYPE_NULL = 3;
export const TYPE_OBJECT = 4;
export const TYPE_ARRAY = 5;

/** A member's key at one place of a path. */
export class Edge {
  /** The key's bytes between its quotes. */
  readonly key: Uint8Array;
  /** What stands in a line from the key on when no space is left: the key, its quote and the colon. */
  readonly pattern: Uint8Array;
  /** The pattern's beginning in words of four bytes, little-endian: compared word by word. */
  readonly words: Int32Array;
  readonly name: string;
  readonly slot: Slot | undefined;
  /** The key stands on the path already. */
  readonly isRepeated: boolean;
  /** The key has half of a surrogate pair; its name has U+FFFD there. */
  hasHalf = false;
  /** By value type: where the path goes on. */
  readonly targets: (Node | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined];

  constructor(key: Uint8Array, name: string, slot: Slot | undefined, isRepeated: boolean) {
    this.key = key;
    this.pattern = Uint8Array.of(...key, 0x22, 0x3a);
    const view = new DataView(this.pattern.buffer);
    this.words = Int32Array.from({ length: this.pattern.length >> 2 }, (_, word) => view.getInt32(word * 4, true));
    this.name = name;
    this.slot = slot;
    this.isRepeated = isRepeated;
  }
}

/** A path of members with their value types, from the object's start. */
export class Node {
  readonly members: Shape['members'];
  /** The edge taken last: the first to be tried. */
  last: Edge | undefined;
  readonly edges: Edge[] = [];
  #shape: Shape | undefined;
  /** Declared fields that an event of this form does not have; undefined until it is the form of an event. */
  absent: readonly Slot[] | undefined;

  constructor(members: Shape['members']) {
    this.members = members;
  }

  /** The form of an event that ends here. */
  shape(slots: Iterable<Slot>): Shape {
    if (this.#shape === undefined) {
      const present = new Set(this.members.map(({ name }) => name));
      this.absent = [...slots].filter(({ name }) => !present.has(name));
      this.#shape = { members: this.members };
    }
    return this.#shape;
  }
}

/**
 * Remembers the forms of the events seen, as a tree of keys and value types. Events of one source mostly have one form:
 * then each key is only compared with the one that stood there last time.
 */
export class ShapeTrie {
  readonly root = new Node([]);
  readonly #slots: ReadonlyMap<string, Slot>;
  #nodes = 1;

  constructor(slots: ReadonlyMap<string, Slot>) {
    this.#slots = slots;
  }

  /** The edge for a key that is not the node's last one. */
  edge(node: Node, key: Uint8Array, name: string): Edge {
    let edge = node.edges.find((known) => known.name === name && equal(known.key, key));
    if (edge === undefined) {
      edge = new Edge(
        key.slice(),
        name,
        this.#slots.get(name),
        node.members.some((member) => member.name === name),
      );
      if (this.#nodes < NODES_MAX) node.edges.push(edge);
    }
    node.last = edge;
    return edge;
  }

  /** Where the path goes on from an edge with a value of this type. */
  target(node: Node, edge: Edge, type: number): Node {
    const target = new Node([...node.members, { name: edge.name, type: VALUE_TYPES[type] ?? 'null' }]);
    if (this.#nodes < NODES_MAX) {
      this.#nodes++;
      edge.targets[type] = target;
    }
    return target;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
