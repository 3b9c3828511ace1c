/** A log with all that a map can show: rows that grow, rows that change, long values, a purge. */
export function pictureLog() {
  let seed = 12345;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % below;
  };
  const put = (table, key, value) => ({ op: 'put', table, key, value });
  const lines = [];
  for (let batch = 0; batch < 120; batch++) {
    const first = batch * 100;
    const ops = Array.from({ length: 100 }, (_, row) =>
      put(1, `order:${String(first + row).padStart(8, '0')}`, 'x'.repeat(20 + random(120))),
    );
    for (let change = 0; change < 40; change++) {
      ops.push(put(2, `stock:${random(400)}`, `count ${random(1000)}${' '.repeat(random(60))}`));
    }
    if (batch % 8 === 0) ops.push(put(3, `invoice:${batch}`, 'a page of an invoice '.repeat(random(2500))));
    if (batch < 60) ops.push(put(7, `basket:${batch}`, 'y'.repeat(1500)));
    if (batch === 60) ops.push({ op: 'purge', table: 7 });
    lines.push(JSON.stringify({ position: batch + 1, ops: batch === 60 ? ops.slice(-1) : ops }));
  }
  return `${lines.join('\n')}\n`;
}
