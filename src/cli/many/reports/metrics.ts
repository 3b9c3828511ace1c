/** Figures of a store for a monitor. */

export interface Metric {
  /** Without the name of the program in front: `applied_position`. */
  readonly name: string;
  readonly help: string;
  readonly value: number | string;
  readonly labels?: Readonly<Record<string, string>>;
}
