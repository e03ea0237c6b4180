import { FIRST_SEALED, HELD_NOTICE, sealTable } from './seals.ts'

/**
 * The database's schema: step i brings version i to i + 1. A step that is out in the world is never changed, only
 * followed by another. New steps run in one transaction when the database is opened, so a step only adds. What
 * older tables hold is brought over later, in slices (rows/old-rows.ts).
 */
export const SCHEMA: readonly string[] = [
  `
  CREATE TABLE ledger (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, now_ms INTEGER NOT NULL, retain INTEGER NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL
  ) STRICT;

  CREATE TABLE snapshot (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT;
  CREATE TABLE section (
    name TEXT NOT NULL, seq INTEGER NOT NULL, sha256 BLOB NOT NULL, bytes BLOB NOT NULL, UNIQUE (name, seq)
  ) STRICT;
  CREATE TABLE bad_section (
    name TEXT NOT NULL, seq INTEGER NOT NULL, sha256 BLOB NOT NULL, bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE series (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE (measurement, tags)
  ) STRICT;
  CREATE TABLE history (
    series INTEGER NOT NULL, time_ms INTEGER NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (series, time_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, series INTEGER NOT NULL, time_ms INTEGER NOT NULL, UNIQUE (series, time_ms)
  ) STRICT;
  CREATE TABLE rejected (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, fields TEXT NOT NULL,
    time_ms INTEGER NOT NULL, reason TEXT NOT NULL
  ) STRICT;
  CREATE TABLE notice (id INTEGER PRIMARY KEY, name TEXT NOT NULL, topic TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
  `,
  // Until now only MQTT was told, and what it was told last is in the history.
  `
  ALTER TABLE notice ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE receiver (name TEXT PRIMARY KEY, passed_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO receiver VALUES ('mqtt', 0);
  CREATE TABLE standing (
    topic TEXT PRIMARY KEY, id TEXT NOT NULL, alarm TEXT NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL,
    since_ms INTEGER NOT NULL, told_ms INTEGER NOT NULL, repeats INTEGER NOT NULL, payload TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO standing
    SELECT 'coldaisle/' || (tags ->> 'site') || '/alarm/' || (tags ->> 'alarm') || '/' || (tags ->> 'source'),
      fields ->> 'id', tags ->> 'alarm', tags ->> 'source', 'raised', time_ms, time_ms, 0,
      json_patch(json_patch(tags, fields), json_object('timeMs', time_ms, 'startsAtMs', time_ms))
    FROM (
      SELECT tags, fields, max(time_ms) AS time_ms FROM history JOIN series ON series.id = history.series
      WHERE measurement = 'alarm' AND fields ->> 'state' <> 'late' GROUP BY series
    )
    WHERE fields ->> 'state' = 'raised';
  `,
  // Packets come a group a row from here on. What `journal` holds stays there until it is purged.
  `
  CREATE TABLE packet_group (
    first_seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, last_ms INTEGER NOT NULL, crc32 INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE bad_packet_group (
    first_seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, last_ms INTEGER NOT NULL, crc32 INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  `,
  // Rows in frames, in place of `series`, `history` and `outbox`. Hours count from 1970.
  `
  CREATE TABLE row_series (
    number INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, idle INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE row_window (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  CREATE TABLE frame (
    id INTEGER PRIMARY KEY, place INTEGER NOT NULL, window INTEGER NOT NULL, time_ms INTEGER NOT NULL,
    rows INTEGER NOT NULL, block BLOB NOT NULL
  ) STRICT;
  CREATE INDEX frame_time ON frame (time_ms, place, window);

  CREATE TABLE row_receiver (
    name TEXT PRIMARY KEY, live_id INTEGER NOT NULL, live_row INTEGER NOT NULL, live_rows INTEGER NOT NULL,
    back_id INTEGER NOT NULL, back_row INTEGER NOT NULL, back_rows INTEGER NOT NULL, back_end INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cleared (
    receiver TEXT NOT NULL, frame INTEGER NOT NULL, bits BLOB NOT NULL, PRIMARY KEY (receiver, frame)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE echo (
    frame INTEGER NOT NULL, receiver TEXT NOT NULL, bits BLOB NOT NULL, PRIMARY KEY (frame, receiver)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, place INTEGER NOT NULL, window INTEGER NOT NULL,
    series INTEGER NOT NULL, rows INTEGER NOT NULL, block BLOB NOT NULL, UNIQUE (hour, place, window, series)
  ) STRICT;
  CREATE TABLE chunked_hour (
    place INTEGER NOT NULL, hour INTEGER NOT NULL, window INTEGER NOT NULL, upto_id INTEGER NOT NULL,
    PRIMARY KEY (place, hour, window)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE chunked_series (
    series INTEGER NOT NULL, window INTEGER NOT NULL, first_hour INTEGER NOT NULL, last_hour INTEGER NOT NULL,
    PRIMARY KEY (series, window)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE bad_block (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, reason TEXT NOT NULL, block BLOB NOT NULL) STRICT;
  CREATE TABLE old_series (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, window INTEGER NOT NULL) STRICT;
  `,
  // What was refused: how often, and packets as examples.
  `
  CREATE TABLE refusal (
    outcome TEXT NOT NULL, topic TEXT NOT NULL, readings INTEGER NOT NULL, first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL, PRIMARY KEY (outcome, topic)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE refused_packet (
    id INTEGER PRIMARY KEY, outcome TEXT NOT NULL, topic TEXT NOT NULL, now_ms INTEGER NOT NULL, points TEXT NOT NULL,
    payload BLOB NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  `,
  // A group without bytes stands for packets that are known to be lost: gaps of older releases were counted already.
  // Rows that InfluxDB may still be writing, by block, so that a second kill does not forget them.
  `
  INSERT INTO packet_group (first_seq, count, last_ms, crc32, bytes)
    SELECT from_seq, next_seq - from_seq, 0, 0, x'' FROM (
      SELECT first_seq + count AS from_seq, lead(first_seq, 1, (SELECT number + 1 FROM ledger WHERE name = 'lastSeq'))
        OVER (ORDER BY first_seq) AS next_seq
      FROM packet_group
    ) WHERE next_seq > from_seq;
  CREATE TABLE suspect (
    frame INTEGER NOT NULL, receiver TEXT NOT NULL, bits BLOB NOT NULL, PRIMARY KEY (frame, receiver)
  ) STRICT, WITHOUT ROWID;
  `,
  // Checksums of rows that have none of their own.
  `
  ALTER TABLE ledger ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
  UPDATE ledger SET seal = seal(name, number);
  ${FIRST_SEALED.map(sealTable).join('')}
  `,
  // Notices that wait for the end of quiet hours, the newest of each alarm.
  `
  CREATE TABLE held_notice (
    receiver TEXT NOT NULL, name TEXT NOT NULL, topic TEXT NOT NULL, payload TEXT NOT NULL, at_ms INTEGER NOT NULL,
    told INTEGER NOT NULL, PRIMARY KEY (receiver, name)
  ) STRICT, WITHOUT ROWID;
  ${sealTable(HELD_NOTICE)}
  `,
]
