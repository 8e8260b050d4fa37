/** One row of a series. */
export interface Row {
  /** As it stood in the file: `timestamp,value`. */
  readonly text: string;
  /** NaN where there is none. */
  readonly timeMs: number;
  readonly value: number;
}

/** Reads a file with the columns `timestamp` and `value`; nothing when it names no such columns. An empty file has no rows. */
export function parsedRows(text: string): Row[] | undefined {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (head.trim() === '') return [];
  const columns = head.split(',').map((name) => name.trim());
  const [timeAt, valueAt] = [columns.indexOf('timestamp'), columns.indexOf('value')];
  if (timeAt < 0 || valueAt < 0) return undefined;
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line.split(',');
      const [time = '', value = ''] = [cells[timeAt]?.trim(), cells[valueAt]?.trim()];
      return { text: `${time},${value}`, timeMs: timeOf(time), value: value === '' ? Number.NaN : Number(value) };
    });
}

/** Times without a zone are taken for UTC. */
function timeOf(text: string): number {
  const iso = text.replace(' ', 'T');
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}
