"""What SQL databases are asked for: `:names` are given, {words} differ between databases."""

from __future__ import annotations

SCHEMA = 1

TABLES = (
    "CREATE TABLE IF NOT EXISTS bus_schema (version INTEGER NOT NULL)",
    # The last position given out. Who adds messages holds the row until they are committed, so that
    # whoever sees one position sees all before it.
    "CREATE TABLE IF NOT EXISTS bus_topics (topic TEXT PRIMARY KEY, last BIGINT NOT NULL)",
    # The group: of a message that was given up and comes again; '' where it is for all.
    "CREATE TABLE IF NOT EXISTS bus_messages (topic TEXT NOT NULL, partition INTEGER NOT NULL,"
    " position BIGINT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, payload {bytes} NOT NULL,"
    ' "group" TEXT NOT NULL, PRIMARY KEY (topic, partition, position))',
    'CREATE TABLE IF NOT EXISTS bus_cursors (topic TEXT NOT NULL, "group" TEXT NOT NULL,'
    " partition INTEGER NOT NULL, position BIGINT NOT NULL, attempts INTEGER NOT NULL,"
    " due DOUBLE PRECISION NOT NULL, owner TEXT NOT NULL, until DOUBLE PRECISION NOT NULL,"
    ' PRIMARY KEY (topic, "group", partition))',
    'CREATE TABLE IF NOT EXISTS bus_dead (topic TEXT NOT NULL, "group" TEXT NOT NULL,'
    " id TEXT NOT NULL, key TEXT NOT NULL, payload {bytes} NOT NULL, attempts INTEGER NOT NULL,"
    ' why TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, PRIMARY KEY (topic, "group", id))',
)
VERSION = "SELECT max(version) FROM bus_schema"
MARK = "INSERT INTO bus_schema VALUES (:version)"

COUNT_UP = (
    "INSERT INTO bus_topics VALUES (:topic, :count)"
    " ON CONFLICT (topic) DO UPDATE SET last = bus_topics.last + excluded.last RETURNING last"
)
ADD = "INSERT INTO bus_messages VALUES (:topic, :partition, :position, :id, :key, :payload, :group)"
JOIN = (
    "INSERT INTO bus_cursors VALUES (:topic, :group, :partition, 0, 0, 0, '', 0)"
    " ON CONFLICT DO NOTHING"
)
# A time much further ahead than one is ever set was set before the clock was put back.
_FREE = (
    'c.topic = :topic AND c."group" = :group AND (c.until <= :now OR c.until > :lease)'
    " AND (c.due <= :now OR c.due > :delay)"
    " AND EXISTS (SELECT 1 FROM bus_messages m WHERE m.topic = c.topic"
    " AND m.partition = c.partition AND m.position > c.position"
    ' AND m."group" IN (\'\', c."group"))'
)
ANY = f"SELECT 1 FROM bus_cursors c WHERE {_FREE} LIMIT 1"
FREE = (
    f"SELECT c.partition, c.position, c.attempts FROM bus_cursors c WHERE {_FREE}"
    " ORDER BY c.until, c.partition LIMIT :most {lock}"
)
NEXT = (
    "SELECT position, id, key, payload FROM bus_messages WHERE topic = :topic"
    " AND partition = :partition AND position > :position AND \"group\" IN ('', :group)"
    " ORDER BY position LIMIT :most"
)
_CURSOR = ' WHERE topic = :topic AND "group" = :group AND partition = :partition'
_OURS = f"{_CURSOR} AND owner = :owner AND position < :position"
TAKE = f"UPDATE bus_cursors SET owner = :owner, until = :until{_CURSOR}"
DONE = (
    "UPDATE bus_cursors SET position = :position, attempts = 0, due = 0, owner = '', until = :now"
    f"{_OURS}"
)
RETRY = (
    f"UPDATE bus_cursors SET attempts = attempts + 1, due = :due, owner = '', until = :now{_OURS}"
)
RENEW = (
    "UPDATE bus_cursors SET until = :until"
    ' WHERE topic = :topic AND "group" = :group AND owner = :owner'
)
RELEASE = (
    "UPDATE bus_cursors SET owner = '', until = 0"
    ' WHERE topic = :topic AND "group" = :group AND owner = :owner'
)
FORGET = (
    "DELETE FROM bus_messages WHERE topic = :topic AND partition = :partition AND position <="
    " (SELECT min(position) FROM bus_cursors WHERE topic = :topic AND partition = :partition)"
)
WAITING = (
    "SELECT count(*) FROM bus_messages m LEFT JOIN bus_cursors c ON c.topic = m.topic"
    ' AND c.partition = m.partition AND c."group" = :group WHERE m.topic = :topic'
    " AND m.position > coalesce(c.position, 0) AND m.\"group\" IN ('', :group)"
)
BURY = (
    "INSERT INTO bus_dead VALUES (:topic, :group, :id, :key, :payload, :attempts, :why, :at)"
    ' ON CONFLICT (topic, "group", id) DO UPDATE SET why = excluded.why, at = excluded.at,'
    " attempts = excluded.attempts"
)
_OF_GROUP = ' WHERE topic = :topic AND "group" = :group'
DEAD = (
    f"SELECT id, key, payload, attempts, why, at FROM bus_dead{_OF_GROUP} AND id > :after"
    " ORDER BY id LIMIT :most"
)
DIG_UP = f"DELETE FROM bus_dead{_OF_GROUP} AND id = :id RETURNING key, payload"
