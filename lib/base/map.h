/* A hash map from byte strings to pointers (open addressing, SipHash-like keyed
 * so that names from the network cannot be made to collide). */
#ifndef NEARPOST_BASE_MAP_H
#define NEARPOST_BASE_MAP_H

#include "lib/base/buf.h"

struct map;

struct map *map_new(void);
/* free_value may be NULL. */
void map_free(struct map **map, void (*free_value)(void *));
/* Copies the key; returns the former value or NULL. */
void *map_set(struct map *map, struct slice key, void *value);
void *map_get(const struct map *map, struct slice key);
/* Returns the removed value or NULL. */
void *map_del(struct map *map, struct slice key);
size_t map_count(const struct map *map);
/* Walk in no order: start with *pos = 0, until false.  The map may not change
 * in between, but for map_del of the entry just returned. */
bool map_next(const struct map *map, size_t *pos, struct slice *key_r,
    void **value_r);

#endif
