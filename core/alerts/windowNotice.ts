import type { Window } from '../time/window.ts';
import type { WindowEstimate } from '../windows/openWindow.ts';
import type { EventType } from './eventType.ts';
import { messageId, type Notice } from './notice.ts';
import type { Restatement } from './restatement.ts';

/** A window as it was judged last. */
export interface JudgedWindow extends Window {
  readonly stream: string;
  readonly state: 'ready' | 'complete' | 'sealed';
  readonly revision: number;
  readonly events: number;
  readonly serversExpected: number;
  readonly serversArrived: number;
}

/** A window that is close enough to its end for its stream's contract, by its estimate: whether it was judged does not matter. */
export interface EnoughWindow extends Window {
  readonly stream: string;
  /** Events that were there. */
  readonly events: number;
  readonly serversExpected: number;
  readonly serversArrived: number;
  /** What it is estimated to come to; what is infinite is null in JSON. */
  readonly estimate: Pick<WindowEstimate, 'value' | 'basis' | 'intervals' | 'metrics'>;
}

/** What there is to tell of a window that can be decided on by its estimate: the same message as when it is judged, whichever comes first. */
export const enoughNotice = (window: EnoughWindow, nowMs: number): Notice =>
  windowNotice(window, { type: 'window.ready', ordinal: '', said: { state: 'ready', revision: 0, ...window } }, nowMs);

/** What there is to tell of a window as it stands: each state that it has reached, once, with the revision at which it is found to have reached it. */
export function stateNotices(window: JudgedWindow, nowMs: number): Notice[] {
  const reached: EventType[] = ['window.ready'];
  if (window.state !== 'ready') reached.push(window.state === 'sealed' ? 'window.sealed' : 'window.complete');
  return reached.map((type) => windowNotice(window, { type, ordinal: '', said: window }, nowMs));
}

/** What there is to tell of a material restatement: how the window was when it was told last, and how it is now. */
export const restatedNotice = (restatement: Restatement, nowMs: number): Notice => {
  const { revision, events, eventsBefore, revisionBefore } = restatement;
  const said = { revision, events, before: { revision: revisionBefore, events: eventsBefore } };
  return windowNotice(restatement, { type: 'window.restated', ordinal: String(revision), said }, nowMs);
};

function windowNotice(
  { stream, startMs, endMs }: Window & { readonly stream: string },
  { type, ordinal, said }: { type: EventType; ordinal: string; said: object },
  createdAtMs: number,
): Notice {
  const reason = type.slice('window.'.length);
  return {
    id: messageId(['window', stream, startMs, reason, ordinal].join('|')),
    type,
    reason,
    about: `window/${stream}/${String(startMs)}`,
    stream,
    windowEndMs: endMs,
    createdAtMs,
    data: { ...said, stream, startMs, endMs },
  };
}
