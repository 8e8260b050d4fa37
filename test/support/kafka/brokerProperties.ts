/** Ports of one broker, on loopback. */
export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
}

/** server.properties of broker `at` of a KRaft cluster in which every broker is a controller, too. */
export function brokerProperties(at: number, ports: readonly BrokerPorts[], dir: string): readonly string[] {
  const copies = String(ports.length);
  const { client, controller } = ports[at] ?? { client: 0, controller: 0 };
  const voters = ports.map((port, voter) => `${String(voter + 1)}@127.0.0.1:${String(port.controller)}`).join(',');
  return [
    'process.roles=broker,controller',
    `node.id=${String(at + 1)}`,
    `controller.quorum.voters=${voters}`,
    `listeners=PLAINTEXT://127.0.0.1:${String(client)},CONTROLLER://127.0.0.1:${String(controller)}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${String(client)}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    `log.dirs=${dir}/data`,
    ...['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'].map(
      (topic) => `${topic}.replication.factor=${copies}`,
    ),
    `default.replication.factor=${copies}`,
    ...['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'].map(
      (topic) => `${topic}.num.partitions=4`,
    ),
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.min.isr=1',
    'min.insync.replicas=1',
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=false',
    'controlled.shutdown.enable=false',
    'message.max.bytes=16777216',
    'replica.fetch.max.bytes=16777216',
    'log.retention.hours=876000',
  ];
}
