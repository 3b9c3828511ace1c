/** Numbers for people. */

/** `1 page`, `1,234 pages`. */
export function counted(count: number, one: string, many: string): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `1234567` as `1,234,567`; without Intl, which costs start-up. */
export function grouped(count: number | bigint): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}
