// What a person made of a table: order, filter, widths, which columns, which rows. Kept for the session by the
// table's name, in memory only; a lock loads the page anew and so forgets it.

export interface Column<Row> {
  id: string;
  title: string;
  /** Only read out: a column of buttons needs no words above it. It is never hidden, filtered or copied. */
  title_hidden?: boolean;
  /** A CSS length or fraction for the column; default shares what is left. */
  width?: string;
  numeric?: boolean;
  /** What the column is sorted by; absent: not sortable. */
  sort?: (row: Row) => string | number | null;
  /** Plain text of the cell; a snippet named by `cell` may draw more. */
  text: (row: Row) => string;
}

export interface SortChoice {
  id: string;
  down: boolean;
}

export interface Kept {
  sort: SortChoice | null;
  filter: string;
  /** Pixels by column. */
  widths: Record<string, number>;
  hidden: string[];
}

const kept = new Map<string, Kept>();
export const narrowest = 48;
export const widest = 1200;
/** Pixels that one press of an arrow key moves a column's edge. */
export const step = 16;

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** A cell in a line of tab-separated text: a tab or a line end in it would move the ones behind it. */
function plain(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ').trim();
}

export class TableState<Row> {
  choice = $state<Kept>({ sort: null, filter: '', widths: {}, hidden: [] });
  /** Keys of the chosen rows. */
  selected = $state<string[]>([]);
  #from: string | null = null;

  constructor(name: string | undefined) {
    if (!name) return;
    const before = kept.get(name);
    if (before) this.choice = before;
    kept.set(name, this.choice);
  }

  columns(all: readonly Column<Row>[]): Column<Row>[] {
    return all.filter((column, place) => place === 0 || !this.choice.hidden.includes(column.id));
  }

  /** Rows that hold every word of the filter, in any shown column, accents folded. */
  filtered(rows: readonly Row[], shown: readonly Column<Row>[]): readonly Row[] {
    const words = fold(this.choice.filter).split(/\s+/).filter(Boolean);
    if (words.length === 0) return rows;
    const searched = shown.filter((column) => !column.title_hidden);
    return rows.filter((row) => {
      const text = fold(searched.map((column) => column.text(row)).join(' '));
      return words.every((word) => text.includes(word));
    });
  }

  sorted(rows: readonly Row[], all: readonly Column<Row>[], sort: SortChoice | null): readonly Row[] {
    const by = all.find((column) => column.id === sort?.id)?.sort;
    if (!by || !sort) return rows;
    const sign = sort.down ? -1 : 1;
    return [...rows].sort((a, b) => {
      const left = by(a);
      const right = by(b);
      if (left === right) return 0;
      if (left === null) return 1;
      if (right === null) return -1;
      if (typeof left === 'string' && typeof right === 'string') return sign * left.localeCompare(right);
      return sign * (left < right ? -1 : 1);
    });
  }

  resize(id: string, pixels: number): void {
    this.choice.widths[id] = Math.round(Math.min(widest, Math.max(narrowest, pixels)));
  }

  reset(id: string): void {
    delete this.choice.widths[id];
  }

  showColumn(id: string, shown: boolean): void {
    const others = this.choice.hidden.filter((hidden) => hidden !== id);
    this.choice.hidden = shown ? others : [...others, id];
  }

  toggle(key: string): void {
    this.#from = key;
    this.selected = this.selected.includes(key)
      ? this.selected.filter((other) => other !== key)
      : [...this.selected, key];
  }

  /** All rows from the one chosen last to this one, in the order shown. */
  reach(key: string, order: readonly string[]): void {
    const start = Math.max(0, order.indexOf(this.#from ?? key));
    const end = order.indexOf(key);
    this.#from ??= key;
    this.selected = order.slice(Math.min(start, end), Math.max(start, end) + 1);
  }

  /** The rows as lines of tab-separated text, with the titles above when there are several. */
  lines(rows: readonly Row[], shown: readonly Column<Row>[]): string {
    const copied = shown.filter((column) => !column.title_hidden);
    const line = (row: Row) => copied.map((column) => plain(column.text(row))).join('\t');
    const head = copied.map((column) => plain(column.title)).join('\t');
    return (rows.length > 1 ? [head, ...rows.map(line)] : rows.map(line)).join('\n');
  }
}
