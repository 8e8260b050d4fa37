/** The dimensions by which a stream is cut into series, in order; `[]` is the whole stream. */
export type Cut = readonly string[];

/** One value for each dimension of a cut. A dimension that is absent from an event has the value ''. */
export type Labels = Readonly<Record<string, string>>;

/** Text of a cut: its dimensions joined by commas; '' for the whole stream. */
export const cutText = (cut: Cut): string => cut.join(',');

/**
 * Text of a series within its stream, such as `exchange=x7,country=NL`; '' for the whole stream.
 * Values are escaped (`\` before `\`, `,` and `=`), so the text is unique and {@link labelsOf} reads it back.
 */
export function seriesText(cut: Cut, values: readonly string[]): string {
  return cut.map((dimension, at) => `${dimension}=${escape(values[at] ?? '')}`).join(',');
}

/** Name of a series across streams, such as `impressions{exchange=x7,country=NL}`. */
export const seriesName = (stream: string, series: string): string => (series === '' ? stream : `${stream}{${series}}`);

/** Stream and series of a name; the inverse of {@link seriesName}. */
export function namedSeries(name: string): { readonly stream: string; readonly series: string } {
  const at = name.indexOf('{');
  if (at === -1 || !name.endsWith('}')) return { stream: name, series: '' };
  return { stream: name.slice(0, at), series: name.slice(at + 1, -1) };
}

/** The labels of a series text; the inverse of {@link seriesText}. */
export function labelsOf(series: string): Labels {
  const labels: Record<string, string> = {};
  for (const pair of series.match(/(?:\\.|[^\\,])+/gs) ?? []) {
    const at = pair.indexOf('=');
    labels[pair.slice(0, at)] = pair.slice(at + 1).replace(/\\(.)/gs, '$1');
  }
  return labels;
}

const escape = (value: string): string => value.replace(/[\\,=]/g, '\\$&');
