/**
 * Names of the series that a series is part of, the finest first: without one of its labels, the last one first; then the whole stream. None for the whole stream.
 * Names escape what is in values (`core/windows/series.ts`), so commas that are not escaped part labels.
 */
export function parentsOf(series: string): readonly string[] {
  if (series === '') return [];
  if (!series.includes(',')) return WHOLE;
  const labels = series.match(/(?:\\.|[^\\,])+/gs) ?? [];
  const without = labels.map((_, left) => labels.filter((__, at) => at !== labels.length - 1 - left).join(','));
  return labels.length > 1 ? [...without, ''] : [''];
}

const WHOLE = [''];
