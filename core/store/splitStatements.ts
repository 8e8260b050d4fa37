/** Tokens in which a semicolon ends no statement: quoted texts and names, comments. */
const TOKEN = /'(?:\\.|''|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^;'"`/-]+|[-/]/g;

/** Splits SQL into its statements. Comments are dropped; empty statements too. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let statement = '';
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ';') {
      statements.push(statement.trim());
      statement = '';
    } else if (!token.startsWith('--') && !token.startsWith('/*')) statement += token;
  }
  statements.push(statement.trim());
  return statements.filter((text) => text !== '');
}
