const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Epoch milliseconds of a time as ISO 8601 (a day, or a day and a time, with `Z`, an offset or no zone: then it is UTC); NaN when it is none.
 * Date.parse by itself would take the machine's own zone, and much that is no time.
 */
export function timeOfText(text: string): number {
  const [, day, time = '00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`);
}
