import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What may happen to a request on its way to ClickHouse. */
export type ProxyFault = 'reply lost' | 'body cut' | 'answer 500' | 'refused';

/** Stands between Touchstone and ClickHouse, and does harm to requests as `harm` says. */
export interface FaultyProxy {
  readonly url: string;
  /** What is done to an insert into a table; undefined: nothing. Other requests pass, unless the world is away. */
  harm: (table: string) => ProxyFault | undefined;
  /** While it is true no request passes. */
  away: boolean;
  /** Harm done so far. */
  readonly done: ReadonlyMap<ProxyFault, number>;
  stop(): Promise<void>;
}

/** Starts one on a free port. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const done = new Map<ProxyFault, number>();
  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => incoming.socket.destroy());
  });
  const proxy: { -readonly [Key in keyof FaultyProxy]: FaultyProxy[Key] } = {
    url: '',
    harm: () => undefined,
    away: false,
    done,
    stop,
  };

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const table = /^INSERT INTO (\S+) /.exec(new URL(incoming.url ?? '', target).searchParams.get('query') ?? '')?.[1];
    const fault = proxy.away ? 'refused' : table === undefined ? undefined : proxy.harm(table);
    if (fault !== undefined) done.set(fault, (done.get(fault) ?? 0) + 1);
    if (fault === 'refused') incoming.socket.destroy();
    else if (fault === 'answer 500') response.writeHead(500).end('the proxy says no');
    else await forward(incoming, response, { body, fault });
  }

  function forward(
    incoming: IncomingMessage,
    response: ServerResponse,
    { body, fault }: { body: Buffer; fault: ProxyFault | undefined },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { ...incoming.headers, 'content-length': String(body.length) };
      const sent = request(new URL(incoming.url ?? '', target), { method: incoming.method, headers }, (answer) => {
        // The answer comes when the insert is done: that it was is lost on the way back.
        if (fault === 'reply lost') incoming.socket.destroy();
        else response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.on('data', (piece: Buffer) => fault === undefined && response.write(piece));
        answer.on('end', () => {
          if (fault === undefined) response.end();
          resolve();
        });
        answer.on('error', reject);
      });
      sent.on('error', reject);
      if (fault !== 'body cut') sent.end(body);
      else
        sent.write(body.subarray(0, body.length >> 1), () => {
          sent.destroy();
          reject(new Error('the body was cut'));
        });
    });
  }

  function stop(): Promise<void> {
    server.closeAllConnections();
    return new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  proxy.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return proxy;
}
