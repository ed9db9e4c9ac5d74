/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_script.h"

#include <assert.h>
#include <stddef.h>

/*
 * KEYS: stream. ARGV: first sequence, source, then id, type, subject, time, traceparent and data of
 * each record. Answers {0, last}; {1, last} when records before the first are missing; {2,
 * sequence} when something else stands where that record belongs. One call for a whole batch: what
 * a call costs is then shared by its records.
 */
static const char append_body[] =
    "local key, first, source = KEYS[1], tonumber(ARGV[1]), ARGV[2]\n"
    "local info = redis.pcall('XINFO', 'STREAM', key)\n"
    "local last = 0\n"
    "if info.err then\n"
    "  if not string.find(info.err, 'no such key', 1, true) then return info end\n"
    "else\n"
    "  for i = 1, #info, 2 do\n"
    "    if info[i] == 'last-generated-id' then\n"
    "      last = tonumber(string.match(info[i + 1], '^%d+'))\n"
    "    end\n"
    "  end\n"
    "end\n"
    "if first > last + 1 then return {1, last} end\n"
    /* Trimmed entries are gone, but behind an entry that is there nothing is missing. */
    "local function stands(id, sequence)\n"
    "  local place = string.format('%.0f-0', sequence)\n"
    "  local entry = redis.call('XRANGE', key, place, place)[1]\n"
    "  if not entry then\n"
    "    return #redis.call('XRANGE', key, '-', place, 'COUNT', 1) == 0\n"
    "  end\n"
    "  for i = 1, #entry[2], 2 do\n"
    "    if entry[2][i] == 'ce_id' then return entry[2][i + 1] == id end\n"
    "  end\n"
    "  return false\n"
    "end\n"
    "local sequence = first\n"
    "for i = 3, #ARGV, 6 do\n"
    "  if sequence > last then\n"
    "    local number = string.format('%.0f', sequence)\n"
    "    local r = redis.pcall('XADD', key, number .. '-0',\n"
    "      'ce_specversion', '1.0', 'ce_id', ARGV[i], 'ce_type', ARGV[i + 1],\n"
    "      'ce_source', source, 'ce_subject', ARGV[i + 2], 'ce_time', ARGV[i + 3],\n"
    "      'ce_sequence', number, 'ce_traceparent', ARGV[i + 4], 'data', ARGV[i + 5])\n"
    "    if r.err then return r end\n"
    "    last = sequence\n"
    "  elseif not stands(ARGV[i], sequence) then\n"
    "    return {2, sequence}\n"
    "  end\n"
    "  sequence = sequence + 1\n"
    "end\n"
    "return {0, last}\n";

/* KEYS: stream. Answers how many entries went: those that every group has applied. */
static const char trim_body[] =
    "local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])\n"
    "if groups.err or #groups == 0 then return 0 end\n"
    "local keep\n"
    "for _, group in ipairs(groups) do\n"
    "  for i = 1, #group, 2 do\n"
    "    if group[i] == 'last-delivered-id' then\n"
    "      local needs = tonumber(string.match(group[i + 1], '^%d+')) + 1\n"
    "      if not keep or needs < keep then keep = needs end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', keep))\n";

/* KEYS: stream. ARGV: the entry before the one where the stream shall go on. An entry that is added
 * and deleted leaves the stream's end behind it. */
static const char skip_body[] =
    "local r = redis.pcall('XADD', KEYS[1], ARGV[1], 'skipped', '')\n"
    "if r.err then\n"
    "  if string.find(r.err, 'equal or smaller', 1, true) then return 0 end\n"
    "  return r\n"
    "end\n"
    "return redis.call('XDEL', KEYS[1], ARGV[1])\n";

/*
 * KEYS: replay stream, gaps. ARGV: group, first and last of the gap, until, the most that may wait
 * for the group, source, then sequence, id, type, subject, time, traceparent and data of each
 * record. Answers 1, or 0 when too much waits already. A gap that the group has changed meanwhile
 * stays as it is.
 */
static const char fill_body[] =
    "if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[5]) then return 0 end\n"
    "for i = 7, #ARGV, 7 do\n"
    "  local r = redis.pcall('XADD', KEYS[1], '*', 'ce_specversion', '1.0',\n"
    "    'ce_id', ARGV[i + 1], 'ce_type', ARGV[i + 2], 'ce_source', ARGV[6],\n"
    "    'ce_subject', ARGV[i + 3], 'ce_time', ARGV[i + 4], 'ce_sequence', ARGV[i],\n"
    "    'ce_traceparent', ARGV[i + 5], 'data', ARGV[i + 6])\n"
    "  if r.err then return r end\n"
    "end\n"
    "if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] .. ' ' .. ARGV[3] then\n"
    "  local next = tonumber(ARGV[4]) + 1\n"
    "  if next > tonumber(ARGV[3]) then\n"
    "    redis.call('HDEL', KEYS[2], ARGV[1])\n"
    "  else\n"
    "    redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', next) .. ' ' .. ARGV[3])\n"
    "  end\n"
    "end\n"
    "return 1\n";

/*
 * KEYS: owner, stream. ARGV: consumer, milliseconds, group, the last entry that it applied (empty:
 * as before), the group's mark should it have to be made. Answers 1 when the consumer holds the
 * group for so long. A server without memory sets no owner and makes no group, but must be drained:
 * then the consumer reads on.
 */
static const char hold_body[] =
    "local owner = redis.call('GET', KEYS[1])\n"
    "if owner and owner ~= ARGV[1] then return 0 end\n"
    "if owner then\n"
    "  redis.call('PEXPIRE', KEYS[1], ARGV[2])\n"
    "else\n"
    "  redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
    "end\n"
    "local mark = ARGV[5]\n"
    "if ARGV[4] ~= '' then\n"
    "  mark = ARGV[4]\n"
    "  if not redis.pcall('XGROUP', 'SETID', KEYS[2], ARGV[3], mark).err then return 1 end\n"
    "end\n"
    "local r = redis.pcall('XGROUP', 'CREATE', KEYS[2], ARGV[3], mark, 'MKSTREAM')\n"
    "if r.err and string.find(r.err, 'WRONGTYPE', 1, true) then return r end\n"
    "return 1\n";

/* KEYS: owner. ARGV: consumer. */
static const char release_body[] =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end\n"
    "return 1\n";

/* KEYS: the stream the entry came from, dead letters. ARGV: group, entry, what becomes of it
 * ('pass': the group's mark passes it; 'delete'; 'leave'), reason, then the entry's own fields. */
static const char bury_body[] =
    "redis.call('XADD', KEYS[2], '*', 'dead_group', ARGV[1], 'dead_entry', ARGV[2],\n"
    "  'dead_reason', ARGV[4], unpack(ARGV, 5))\n"
    "if ARGV[3] == 'delete' then\n"
    "  redis.call('XDEL', KEYS[1], ARGV[2])\n"
    "elseif ARGV[3] == 'pass' then\n"
    "  redis.pcall('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[2])\n"
    "end\n"
    "return 1\n";

/* KEYS: dead letters. ARGV: first and last entry, stream, most of them to look at. Answers how many
 * went back to the groups that refused them and, when there may be more, the last one looked at.
 * What names no group cannot go back, and stays. */
static const char replay_body[] =
    "local letters = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[4])\n"
    "local count = 0\n"
    "for _, letter in ipairs(letters) do\n"
    "  local fields, group = {}, nil\n"
    "  for i = 1, #letter[2], 2 do\n"
    "    local name, value = letter[2][i], letter[2][i + 1]\n"
    "    if name == 'dead_group' then\n"
    "      group = value\n"
    "    elseif name ~= 'dead_entry' and name ~= 'dead_reason' then\n"
    "      table.insert(fields, name)\n"
    "      table.insert(fields, value)\n"
    "    end\n"
    "  end\n"
    "  if group and #fields > 0 then\n"
    "    redis.call('XADD', ARGV[3] .. '.replay.' .. group, '*', unpack(fields))\n"
    "    redis.call('XDEL', KEYS[1], letter[1])\n"
    "    count = count + 1\n"
    "  end\n"
    "end\n"
    "local last = letters[tonumber(ARGV[4])]\n"
    "return {count, last and last[1] or ''}\n";

const char *redis_script_body(enum redis_script script) {
    static const char *const bodies[] = {
        [REDIS_SCRIPT_APPEND] = append_body,
        [REDIS_SCRIPT_TRIM] = trim_body,
        [REDIS_SCRIPT_SKIP] = skip_body,
        [REDIS_SCRIPT_FILL] = fill_body,
        [REDIS_SCRIPT_HOLD] = hold_body,
        [REDIS_SCRIPT_RELEASE] = release_body,
        [REDIS_SCRIPT_BURY] = bury_body,
        [REDIS_SCRIPT_REPLAY] = replay_body,
    };
    assert(script < REDIS_SCRIPT_COUNT);
    return bodies[script];
}
