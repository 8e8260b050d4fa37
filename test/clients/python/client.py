"""Asks a running ClickHouse through clickhouse-connect, and tells what it saw as JSON."""

import json
import os
from datetime import datetime, timezone

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError


def connect(user: str):
    return clickhouse_connect.get_client(
        host='127.0.0.1',
        port=int(os.environ['HTTP_PORT']),
        username=os.environ[user],
        password=os.environ[f'{user}_PASSWORD'],
        database='touchstone',
    )


reader = connect('READER')
admin = connect('ADMIN')

total = reader.query(os.environ['SUM_SQL'], parameters={'exchange': 'x1', 'from': 0}).first_row[0]

events = []
for offset, at, server, exchange, price, latency, filled, url, rest in reader.query(os.environ['EVENTS_SQL']).result_rows:
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    events.append({
        'offset': offset,
        'timeMs': round(at.timestamp() * 1000),
        'server': server,
        'exchange': exchange,
        'priceMicros': None if price is None else str(price),
        'latencyMs': latency,
        'filled': filled,
        'url': url,
        'rest': rest,
    })

rows = [
    [
        'python',
        number,
        datetime.fromtimestamp((1780315200000 + number) / 1000, timezone.utc),
        ['a', 'b'],
        f'näme {number}' if number % 2 == 0 else None,
    ]
    for number in range(1000)
]
admin.insert('touchstone.client_rows', rows, column_names=['client', 'id', 'at', 'tags', 'name'])

refused = 0
try:
    reader.command("INSERT INTO touchstone.client_rows (client, id) SELECT 'python', 1")
except DatabaseError as error:
    refused = error.code if getattr(error, 'code', None) else int(str(error).split('Code: ')[1].split('.')[0])

print(json.dumps({'sum': str(total), 'events': events, 'refused': refused}))
