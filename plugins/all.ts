import { completeness } from './completeness/plugin.ts';
import { outlier } from './outlier/plugin.ts';
import { schemaWatch } from './schema-watch/plugin.ts';

/** The plugins that come with Touchstone. */
export const allPlugins = [completeness, schemaWatch, outlier] as const;
