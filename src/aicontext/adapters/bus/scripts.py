"""What Redis is asked to do in one step each.

Of a topic with the base B, and of its partition N and its group G:
B:last           hash: the last position in N
B:log:N          stream: messages by their positions, which have no gaps
B:groups         set: those that ever read it
B:cursor:G       hash: N, the position up to which it is done; N:attempts and N:due of what follows
B:lease:G:N      text: who is at it
B:dead:G         sorted set: ids of dead letters; B:letters:G, hash: the letters
"""

from __future__ import annotations

PUBLISH = """
for i = 1, #ARGV, 5 do
  local n = ARGV[i]
  local position = redis.call('hincrby', KEYS[1] .. ':last', n, 1)
  redis.call('xadd', KEYS[1] .. ':log:' .. n, position .. '-0', 'id', ARGV[i + 1],
    'key', ARGV[i + 2], 'payload', ARGV[i + 3], 'group', ARGV[i + 4])
end
return #ARGV / 5
"""
"""ARGV: partition, id, key, payload and group of each message; the group is '' where all may take
it."""

TAKE = """
local base, group, owner, lease = KEYS[1], ARGV[1], ARGV[2], ARGV[4]
local most, partitions, first = tonumber(ARGV[3]), tonumber(ARGV[5]), tonumber(ARGV[6])
local cursor = base .. ':cursor:' .. group
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free = {}
for i = 0, partitions - 1 do
  local n = (first + i) % partitions
  local done = tonumber(redis.call('hget', cursor, n) or 0)
  local due = tonumber(redis.call('hget', cursor, n .. ':due') or 0)
  if done < tonumber(redis.call('hget', base .. ':last', n) or 0)
    and (due <= now or due > now + tonumber(ARGV[7]))
    and #free < most and redis.call('exists', base .. ':lease:' .. group .. ':' .. n) == 0 then
    free[#free + 1] = {n, done}
  end
end
local found = {}
for _, one in ipairs(free) do
  local n, done = one[1], one[2]
  local entries, last = {}, done
  for _, entry in ipairs(redis.call('xrange', base .. ':log:' .. n, '(' .. done .. '-0', '+',
    'count', math.floor(most / #free))) do
    last = entry[1]
    local to = entry[2][8]
    if to == '' or to == group then entries[#entries + 1] = entry end
  end
  if #entries > 0 then
    redis.call('set', base .. ':lease:' .. group .. ':' .. n, owner, 'px', lease)
    found[#found + 1] = {n, tonumber(redis.call('hget', cursor, n .. ':attempts') or 0), entries}
  elseif last ~= done then
    redis.call('hset', cursor, n, string.match(last, '%d+'))
  end
end
return found
"""
"""ARGV: group, owner, messages at most, milliseconds of the lease, partitions, where to begin, and
how many milliseconds ahead a time was set before the clock was put back."""

_OURS = """
local base, group, owner, n, position = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local cursor, lease = base .. ':cursor:' .. group, base .. ':lease:' .. group .. ':' .. n
if redis.call('get', lease) ~= owner
  or tonumber(redis.call('hget', cursor, n) or 0) >= position then return 0 end
redis.call('del', lease)
"""

DONE = f"""{_OURS}
redis.call('hset', cursor, n, position)
redis.call('hdel', cursor, n .. ':attempts', n .. ':due')
for i = 5, #ARGV, 2 do
  redis.call('zadd', base .. ':dead:' .. group, 0, ARGV[i])
  redis.call('hset', base .. ':letters:' .. group, ARGV[i], ARGV[i + 1])
end
local least = position
for _, other in ipairs(redis.call('smembers', base .. ':groups')) do
  least = math.min(least, tonumber(redis.call('hget', base .. ':cursor:' .. other, n) or 0))
end
redis.call('xtrim', base .. ':log:' .. n, 'minid', (least + 1) .. '-0')
return 1
"""
"""ARGV: group, owner, partition, position, then id and text of each dead letter."""

RETRY = f"""{_OURS}
local time = redis.call('time')
redis.call('hincrby', cursor, n .. ':attempts', 1)
redis.call('hset', cursor, n .. ':due',
  string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[5]))
return 1
"""
"""ARGV: group, owner, partition, position, milliseconds."""

KEEP = """
for i = 4, #ARGV do
  local lease = KEYS[1] .. ':lease:' .. ARGV[1] .. ':' .. ARGV[i]
  if redis.call('get', lease) == ARGV[2] then redis.call('pexpire', lease, ARGV[3]) end
end
return 1
"""
"""ARGV: group, owner, milliseconds from now on (0: the lease ends), partitions."""

WAITING = """
local count = 0
local last = redis.call('hgetall', KEYS[1] .. ':last')
for i = 1, #last, 2 do
  count = count + last[i + 1] - (redis.call('hget', KEYS[1] .. ':cursor:' .. ARGV[1], last[i]) or 0)
end
return count
"""
"""ARGV: group."""

DIG_UP = """
local dead, letters = KEYS[1] .. ':dead:' .. ARGV[1], KEYS[1] .. ':letters:' .. ARGV[1]
if redis.call('zrem', dead, ARGV[2]) == 0 then return 0 end
redis.call('hdel', letters, ARGV[2])
if #ARGV > 2 then
  local position = redis.call('hincrby', KEYS[1] .. ':last', ARGV[3], 1)
  redis.call('xadd', KEYS[1] .. ':log:' .. ARGV[3], position .. '-0', 'id', ARGV[2],
    'key', ARGV[4], 'payload', ARGV[5], 'group', ARGV[1])
end
return 1
"""
"""ARGV: group, id; then, where it is to come again, partition, key and payload."""
