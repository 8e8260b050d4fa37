import type { ChangeKind } from '../../change.ts';
import type { WantedTopic } from '../makeTopics.ts';

/** The compacted topic of how far everything is published. */
export const positionsTopic = (group: string): string => `${group}.published`;

/** The topic of each kind of change. */
export const changeTopic = (group: string, kind: ChangeKind): string => `${group}.${kind}`;

/** What a record's value is, and the version of its form; told in its header `schema`. */
export const SCHEMAS: Readonly<Record<ChangeKind, string>> = {
  findings: 'finding/1',
  windows: 'window/1',
  alerts: 'alert/1',
};

/** All topics that are published to. */
export const publishedTopics = (group: string): readonly WantedTopic[] => [
  { topic: changeTopic(group, 'findings') },
  { topic: changeTopic(group, 'windows'), isCompacted: true },
  { topic: changeTopic(group, 'alerts') },
  { topic: positionsTopic(group), partitions: 1, isCompacted: true },
];
