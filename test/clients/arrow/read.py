"""Reads exported folders as data sets through pyarrow, and tells what it saw as JSON: read.py FORMAT FOLDER [FORMAT FOLDER ...]."""

import json
import sys

import pyarrow as pa
import pyarrow.dataset as ds


def told(value):
    return value.isoformat() if hasattr(value, 'isoformat') else value


seen = []
for kind, folder in zip(sys.argv[1::2], sys.argv[2::2]):
    data = ds.dataset(folder, format='ipc' if kind == 'arrow' else kind, partitioning='hive')
    table = data.to_table()
    seen.append({
        'files': len(data.files),
        'types': {field.name: str(field.type) for field in table.schema},
        'rows': [{name: told(value) for name, value in row.items()} for row in table.to_pylist()],
    })
print(json.dumps(seen))
