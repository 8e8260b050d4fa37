/** Ports of one broker, on loopback. */
export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
}

/** A listener that asks who is there, over TLS. */
export interface SecureListener {
  readonly port: number;
  /** A PKCS12 file with the broker's key, and its password. */
  readonly keystore: string;
  readonly password: string;
  /** For the mechanism PLAIN; those of SCRAM are given when the folder is formatted. */
  readonly user: { readonly name: string; readonly password: string };
}

/** Lines that add such a listener to a broker's properties; the later of two lines for the same setting counts. */
export function secureProperties({ client, controller }: BrokerPorts, secure: SecureListener): readonly string[] {
  const { port, keystore, password, user } = secure;
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user.name}" password="${user.password}" user_${user.name}="${user.password}";`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return [
    `listeners=PLAINTEXT://127.0.0.1:${String(client)},CONTROLLER://127.0.0.1:${String(controller)},SECURE://127.0.0.1:${String(port)}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${String(client)},SECURE://127.0.0.1:${String(port)}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
    'inter.broker.listener.name=PLAINTEXT',
    'listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `listener.name.secure.plain.sasl.jaas.config=${plain}`,
    `listener.name.secure.scram-sha-256.sasl.jaas.config=${scram}`,
    `listener.name.secure.scram-sha-512.sasl.jaas.config=${scram}`,
    `ssl.keystore.location=${keystore}`,
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.password=${password}`,
    `ssl.key.password=${password}`,
  ];
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
    `transaction.state.log.min.isr=${String(Math.min(2, ports.length))}`,
    'share.coordinator.state.topic.min.isr=1',
    `min.insync.replicas=${String(Math.min(2, ports.length))}`,
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=false',
    'controlled.shutdown.enable=false',
    'message.max.bytes=16777216',
    'replica.fetch.max.bytes=16777216',
    'log.retention.hours=876000',
  ];
}
