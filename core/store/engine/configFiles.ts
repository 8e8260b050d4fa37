import { createHash } from 'node:crypto';

/** A user of the engine. */
export interface EngineUser {
  readonly user: string;
  readonly password: string;
}

/** Servers that one may ask together, each a shard of its own. */
export interface EngineCluster {
  readonly name: string;
  /** With their native ports, and as whom they are asked. */
  readonly shards: readonly (EngineUser & { readonly host: string; readonly port: number })[];
}

/** What the engine's two config files are made from. */
export interface EngineConfig {
  readonly dataDir: string;
  readonly database: string;
  readonly admin: EngineUser;
  readonly investigator: EngineUser;
  readonly cluster?: EngineCluster | undefined;
}

/** The server's config: paths, logs of this life, and settings that later questions rely on. */
export const serverConfig = ({ dataDir, cluster }: EngineConfig): string => `<clickhouse>
  <path>${dataDir}/store/</path>
  <tmp_path>${dataDir}/tmp/</tmp_path>
  <user_files_path>${dataDir}/user_files/</user_files_path>
  <users_config>${dataDir}/users.xml</users_config>
  <log-level>none</log-level>
  <mark_cache_size>268435456</mark_cache_size>
  <access_control_improvements><settings_constraints_replace_previous>true</settings_constraints_replace_previous></access_control_improvements>
  <query_log><database>system</database><table>query_log</table><partition_by>toMonday(event_date)</partition_by><ttl>event_date + INTERVAL 7 DAY</ttl><flush_interval_milliseconds>7500</flush_interval_milliseconds></query_log>
  <part_log><database>system</database><table>part_log</table><partition_by>toMonday(event_date)</partition_by><ttl>event_date + INTERVAL 7 DAY</ttl><flush_interval_milliseconds>7500</flush_interval_milliseconds></part_log>
${cluster === undefined ? '' : remoteServers(cluster)}</clickhouse>
`;

const remoteServers = ({ name, shards }: EngineCluster): string => `  <remote_servers>
    <${name}>
${shards
  .map(
    ({ host, port, user, password }) =>
      `      <shard><replica><host>${host}</host><port>${String(port)}</port><user>${user}</user><password>${password}</password></replica></shard>\n`,
  )
  .join('')}    </${name}>
  </remote_servers>
`;

/**
 * The users. `default` must exist without a password (the engine's own session logs in as it, from this machine) and may do nothing but listen;
 * `admin` is ours; `investigator` may only read the database, for at most 30 seconds a query.
 */
export const usersConfig = ({ admin, investigator, database }: EngineConfig): string => `<clickhouse>
  <profiles>
    <default>
      <http_receive_timeout>5</http_receive_timeout>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
      <async_insert>0</async_insert>
      <json_type_escape_dots_in_keys>1</json_type_escape_dots_in_keys>
      <type_json_skip_duplicated_paths>1</type_json_skip_duplicated_paths>
    </default>
    <investigator>
      <readonly>1</readonly>
      <max_execution_time>30</max_execution_time>
      <max_result_rows>1000000</max_result_rows>
      <max_memory_usage>4000000000</max_memory_usage>
      <json_type_escape_dots_in_keys>1</json_type_escape_dots_in_keys>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
      <constraints><max_execution_time><min>1</min><max>30</max><changeable_in_readonly/></max_execution_time></constraints>
    </investigator>
  </profiles>
  <users>
    <default>
      <password></password>${LOOPBACK}
      <profile>default</profile><quota>default</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT SELECT ON system.numbers</query>
        <query>GRANT SELECT ON system.one</query>
      </grants>
    </default>
    <${admin.user}>
      <password_sha256_hex>${sha256(admin.password)}</password_sha256_hex>${LOOPBACK}
      <profile>default</profile><quota>default</quota>
      <access_management>1</access_management>
    </${admin.user}>
    <${investigator.user}>
      <password_sha256_hex>${sha256(investigator.password)}</password_sha256_hex>${LOOPBACK}
      <profile>investigator</profile><quota>investigator</quota>
      <grants><query>GRANT SELECT ON ${database}.*</query></grants>
    </${investigator.user}>
  </users>
  <quotas>
    <default/>
    <investigator><interval><duration>3600</duration><queries>20000</queries><execution_time>7200</execution_time></interval></investigator>
  </quotas>
</clickhouse>
`;

const LOOPBACK = '<networks><ip>127.0.0.1</ip><ip>::1</ip></networks>';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
