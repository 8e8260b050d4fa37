import type { StreamSchema } from '../events/stream.ts';
import type { Connection } from './connection.ts';
import { fieldColumns } from './eventTable.ts';

/**
 * Makes the columns of a table of a stream's events (named with its database) fit a config in which fields were added, or their types were changed. Anything may become text; another
 * change of type would lose what is stored, and is refused: throws RangeError naming the fields.
 */
export async function fitColumns(connection: Connection, fullName: string, schema: StreamSchema): Promise<void> {
  const [database = '', table = ''] = fullName.split('.');
  const rows = await connection.query<{ name: string; type: string }>(
    `SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}`,
    { database, table },
  );
  const stored = new Map(rows.map(({ name, type }) => [name, type]));
  const other = fieldColumns(schema).filter(({ name, type }) => stored.get(name) !== type);
  const refused = other.filter(({ name, type }) => stored.has(name) && !type.includes('String'));
  if (refused.length > 0)
    throw new RangeError(
      `${table} holds ${refused.map(({ name, type }) => `${name} as ${stored.get(name) ?? ''}, which cannot become ${type}`).join('; ')}: declare it as it was, or as text, or give the new field another name`,
    );
  for (const { name, type } of other)
    await connection.command(
      `ALTER TABLE ${fullName} ${stored.has(name) ? 'MODIFY COLUMN' : 'ADD COLUMN IF NOT EXISTS'} \`${name}\` ${type}`,
    );
}
