/* Entries stand densely in an array; an open-addressed table of their numbers
 * (linear probing, backward-shift deletion, no tombstones) finds them.  Walking
 * the array from its end lets a walker delete the entry it was just given: only
 * the last entry moves into the gap, and that one was handed out before.
 *
 * Keys come from mail and from peers: the hash is SipHash-1-3 with a random key
 * per process, so nobody outside can pick names that collide. */
#include "lib/base/map.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

struct entry {
	char *key;
	size_t len;
	uint64_t hash;
	void *value;
};

struct map {
	struct entry *entries;
	size_t count, room; /* of entries */
	uint32_t *slots;    /* number of an entry plus one; 0 = free */
	size_t mask;        /* slots - 1, a power of two minus one */
};

static uint64_t secret[2];
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void
make_secret(void)
{
	if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
		fatal("getrandom");
}

static inline uint64_t
rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

/* Aumasson, Bernstein: SipHash, a fast short-input PRF (2012). */
static uint64_t
hash_of(struct slice key)
{
	uint64_t v[4] = {
	    secret[0] ^ 0x736f6d6570736575u,
	    secret[1] ^ 0x646f72616e646f6du,
	    secret[0] ^ 0x6c7967656e657261u,
	    secret[1] ^ 0x7465646279746573u,
	};
	uint64_t m;
	size_t i;

	for (i = 0; i + 8 <= key.len; i += 8) {
		memcpy(&m, key.data + i, 8);
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	m = (uint64_t)key.len << 56;
	for (size_t k = 0; i + k < key.len; k++)
		m |= (uint64_t)(unsigned char)key.data[i + k] << (8 * k);
	v[3] ^= m;
	sip_round(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct map *
map_new(void)
{
	struct map *m = xcalloc(1, sizeof(*m));

	(void)pthread_once(&secret_once, make_secret);
	m->mask = 7;
	m->slots = xcalloc(m->mask + 1, sizeof(*m->slots));
	return m;
}

void
map_free(struct map **map, void (*free_value)(void *))
{
	struct map *m = *map;
	size_t i;

	if (!m)
		return;
	*map = NULL;
	for (i = 0; i < m->count; i++) {
		free(m->entries[i].key);
		if (free_value)
			free_value(m->entries[i].value);
	}
	free(m->entries);
	free(m->slots);
	free(m);
}

/* The slot that leads to the key, or the free one where it would go. */
static size_t
find(const struct map *m, struct slice key, uint64_t hash)
{
	size_t at = (size_t)hash & m->mask;

	for (; m->slots[at]; at = (at + 1) & m->mask) {
		const struct entry *e = &m->entries[m->slots[at] - 1];

		if (e->hash == hash &&
		    slice_eq((struct slice){e->key, e->len}, key))
			break;
	}
	return at;
}

/* At three quarters full, twice the slots. */
static void
make_room(struct map *m)
{
	size_t i, at;

	if (m->count == m->room) {
		m->room = m->room ? m->room * 2 : 8;
		m->entries = xrealloc(m->entries, m->room * sizeof(*m->entries));
	}
	if ((m->count + 1) * 4 <= (m->mask + 1) * 3)
		return;
	if (m->count > UINT32_MAX / 2)
		fatalx(EX_SOFTWARE, "map of %zu entries", m->count);
	m->mask = m->mask * 2 + 1;
	free(m->slots);
	m->slots = xcalloc(m->mask + 1, sizeof(*m->slots));
	for (i = 0; i < m->count; i++) {
		at = (size_t)m->entries[i].hash & m->mask;
		while (m->slots[at])
			at = (at + 1) & m->mask;
		m->slots[at] = (uint32_t)i + 1;
	}
}

void *
map_set(struct map *map, struct slice key, void *value)
{
	uint64_t hash = hash_of(key);
	size_t at = find(map, key, hash);
	struct entry *e;
	void *former;

	if (map->slots[at]) {
		e = &map->entries[map->slots[at] - 1];
		former = e->value;
		e->value = value;
		return former;
	}
	make_room(map);
	e = &map->entries[map->count++];
	map->slots[find(map, key, hash)] = (uint32_t)map->count;
	*e = (struct entry){xmalloc(key.len + 1), key.len, hash, value};
	if (key.len)
		memcpy(e->key, key.data, key.len);
	e->key[key.len] = '\0';
	return NULL;
}

void *
map_get(const struct map *map, struct slice key)
{
	uint32_t n = map->slots[find(map, key, hash_of(key))];

	return n ? map->entries[n - 1].value : NULL;
}

/* Empty a slot and pull back every number behind it that could not be reached
 * across the gap. */
static void
free_slot(struct map *m, size_t gap)
{
	size_t at = gap, home;

	m->slots[gap] = 0;
	for (;;) {
		at = (at + 1) & m->mask;
		if (!m->slots[at])
			return;
		home = (size_t)m->entries[m->slots[at] - 1].hash & m->mask;
		if (((at - home) & m->mask) < ((at - gap) & m->mask))
			continue;
		m->slots[gap] = m->slots[at];
		m->slots[at] = 0;
		gap = at;
	}
}

void *
map_del(struct map *map, struct slice key)
{
	size_t at = find(map, key, hash_of(key));
	struct entry *gone, *last;
	void *value;

	if (!map->slots[at])
		return NULL;
	gone = &map->entries[map->slots[at] - 1];
	last = &map->entries[map->count - 1];
	value = gone->value;
	free_slot(map, at);
	free(gone->key);
	if (gone != last) {
		at = (size_t)last->hash & map->mask;
		while (map->slots[at] != map->count)
			at = (at + 1) & map->mask;
		map->slots[at] = (uint32_t)(gone - map->entries) + 1;
		*gone = *last;
	}
	map->count--;
	return value;
}

size_t
map_count(const struct map *map)
{
	return map->count;
}

/* *pos: 0 at the start, then the number of the entry last returned plus one. */
bool
map_next(const struct map *map, size_t *pos, struct slice *key_r,
    void **value_r)
{
	const struct entry *e;

	if (*pos == 1 || map->count == 0)
		return false;
	*pos = *pos ? *pos - 1 : map->count;
	e = &map->entries[*pos - 1];
	*key_r = (struct slice){e->key, e->len};
	*value_r = e->value;
	return true;
}
