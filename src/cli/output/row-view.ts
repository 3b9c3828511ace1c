/** One column of rows as text. */
export interface Column<Row> {
  readonly name: string;
  readonly alignRight?: boolean;
  /** Without tabs, line ends or anything else that steers a terminal. */
  text(row: Row): string;
}

/** How rows look: the columns of text, and the line of JSON. */
export interface RowView<Row> {
  readonly columns: readonly Column<Row>[];
  /** The fields of a separated line, where they are others than the columns of a table. */
  readonly fields?: (row: Row) => readonly string[];
  json(row: Row): string;
}

/** Turns rows into text, perhaps some rows late. */
export interface RowSink<Row> {
  add(row: Row): string;
  end(): string;
}

/** A line of JSON a row. */
export function jsonLines<Row>(view: RowView<Row>): RowSink<Row> {
  return { add: (row) => `${view.json(row)}\n`, end: () => '' };
}

/** Tab-separated fields, each row ended by `terminator`. */
export function separatedLines<Row>(view: RowView<Row>, terminator = '\n'): RowSink<Row> {
  const fields = view.fields ?? ((row: Row) => view.columns.map((column) => column.text(row)));
  return { add: (row) => fields(row).join('\t') + terminator, end: () => '' };
}
