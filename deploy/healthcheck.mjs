// Whether the process beside it says yes at the path given. usage: node healthcheck.mjs /livez|/readyz
const [path = '/livez'] = process.argv.slice(2);
const url = `http://127.0.0.1:${process.env.TOUCHSTONE_PORT || '8321'}${path}`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  // What docker shows in `docker inspect`: the reason why it is not ready.
  process.stdout.write(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
