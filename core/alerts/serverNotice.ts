import { messageId, type Notice } from './notice.ts';
import type { ServerTurn } from './serverCourse.ts';

/** What there is to tell of a server. */
export function serverNotice(stream: string, turn: ServerTurn, createdAtMs: number): Notice {
  const { server, type, sinceMs, windowEndMs } = turn;
  return {
    id: messageId(['server', stream, server, type, sinceMs, type === 'server.back' ? windowEndMs : ''].join('|')),
    type,
    reason: type.slice('server.'.length),
    about: `server/${stream}/${server}`,
    stream,
    windowEndMs,
    createdAtMs,
    data: { stream, server, silentSinceMs: sinceMs, windowEndMs },
  };
}
