/* Redis commands and replies as plain data: what schema.c writes and reads, and
 * what store.c (asynchronous) and store_sync.c (blocking) carry.  Pure. */
#ifndef NEARPOST_FLEET_COMMAND_H
#define NEARPOST_FLEET_COMMAND_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"

/* Arguments may hold any bytes; they live in the arena or outlive the call. */
struct command {
	struct arena *arena;
	const char **argv;
	size_t *len;
	int argc, cap;
};
void command_init(struct command *c, struct arena *arena, const char *verb);
void command_add(struct command *c, const char *arg);      /* borrowed */
void command_add_slice(struct command *c, struct slice s); /* copied */
void command_addf(struct command *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

enum reply_type {
	REPLY_NIL = 0,
	REPLY_TEXT,
	REPLY_INT,
	REPLY_LIST,
	REPLY_ERROR
};
struct reply {
	enum reply_type type;
	struct slice text; /* TEXT and ERROR; NUL-terminated */
	int64_t number;    /* INT */
	struct reply *items; /* LIST */
	size_t n;
};
/* Of the name, value, name, value... list of an HGETALL: NULL when there is no
 * such name.  Borrowed from the reply. */
const char *reply_field(const struct reply *r, const char *name);

#endif
