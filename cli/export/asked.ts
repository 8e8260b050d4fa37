import { z } from 'zod';
import type { Config } from '../../core/config/config.ts';
import { streamSchemaOf } from '../../core/config/streamSchema.ts';
import { aggregateRows } from '../../core/store/export/aggregateRows.ts';
import { eventRows } from '../../core/store/export/eventRows.ts';
import { EXPORT_FORMATS } from '../../core/store/export/exportStore.ts';
import { planOf } from '../../core/windows/planOf.ts';
import { cutText } from '../../core/windows/series.ts';
import { timeOption } from '../timeOption.ts';
import { UsageError } from '../usageError.ts';
import type { ExportAsked } from './exportWindows.ts';

/** Flags that say what to export. */
export interface ExportFlags {
  readonly stream?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cut?: string | undefined;
  readonly events: boolean;
  readonly format: string;
  readonly layout: string;
  readonly 'window-ms'?: string | undefined;
}

/** What the flags ask for, by the config. Throws UsageError, which says what to give instead. */
export function askedBy(flags: ExportFlags, dirs: readonly string[], config: Config): ExportAsked {
  const [dir] = dirs;
  if (dir === undefined || dirs.length > 1)
    throw new UsageError('name one folder to export to: touchstone export ... DIR');
  if (flags.layout !== 'hive') throw new UsageError(`--layout takes hive; got ${flags.layout}`);
  if (flags.events && flags.cut !== undefined)
    throw new UsageError('give --cut or --events, not both: events are not cut');
  const format = z.enum(EXPORT_FORMATS).safeParse(flags.format);
  if (!format.success) throw new UsageError(`--format takes ${EXPORT_FORMATS.join(', ')}; got ${flags.format}`);
  const { name, declared } = streamOf(flags.stream, config);
  const windowMs = windowMsOf(flags['window-ms'], declared.windowMs);
  const asked = { format: format.data, dir, span: spanOf(flags, windowMs) };
  const { database } = config.clickhouse;
  if (flags.events) {
    const rows = eventRows(database, streamSchemaOf(name, declared, config.limits.lineBytesMax), windowMs);
    return { ...asked, rows, kind: { stream: name, cut: undefined, windowMs } };
  }
  const plan = planOf(name, declared, []);
  const cut = plan.cuts.find(({ dimensions }) => cutText(dimensions) === (flags.cut ?? ''));
  if (cut === undefined) {
    const cuts = plan.cuts.map(({ dimensions }) =>
      dimensions.length === 0 ? '"" (the whole stream)' : cutText(dimensions),
    );
    throw new UsageError(
      `${name} is not cut by "${flags.cut ?? ''}"; choose --cut from ${cuts.join(' | ')}, or --events`,
    );
  }
  const rows = aggregateRows(database, plan, cut, windowMs);
  return { ...asked, rows, kind: { stream: name, cut: cut.dimensions, windowMs } };
}

function streamOf(
  name: string | undefined,
  { streams }: Config,
): { name: string; declared: Config['streams'][string] } {
  const declared = streams[name ?? ''];
  const known = Object.keys(streams).join(', ');
  if (name === undefined) throw new UsageError(`name a stream with --stream: ${known}`);
  if (declared === undefined) throw new UsageError(`there is no stream ${name}; choose from ${known}`);
  return { name, declared };
}

function windowMsOf(text: string | undefined, baseMs: number): number {
  const windowMs = Number(text ?? baseMs);
  if (!Number.isSafeInteger(windowMs) || windowMs < baseMs || windowMs % baseMs !== 0)
    throw new UsageError(`--window-ms takes a multiple of the stream's ${String(baseMs)}; got ${String(text)}`);
  return windowMs;
}

function spanOf({ from, to }: ExportFlags, windowMs: number): ExportAsked['span'] {
  const timeOf = (flag: string, text: string | undefined): number => {
    const ms = timeOption(flag, text);
    if (ms % windowMs !== 0)
      throw new UsageError(`--${flag} must be where a window of ${String(windowMs)} ms starts; got ${String(text)}`);
    return ms;
  };
  const span = { fromMs: timeOf('from', from), toMs: timeOf('to', to) };
  if (span.toMs <= span.fromMs)
    throw new UsageError(`nothing is between --from ${String(from)} and --to ${String(to)}`);
  return span;
}
