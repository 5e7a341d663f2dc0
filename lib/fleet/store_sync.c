/* A command line may wait, so this is plain synchronous hiredis; policyd's store.c
 * must not.  What they say to Redis is schema.c's with both. */
#include "config.h"

#include "lib/fleet/store_sync.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/fleet/erase.h"
#include "lib/fleet/schema.h"
#include "lib/fleet/store.h"
#include "lib/fleet/store_connect.h"
#include "lib/fleet/store_reply.h"
#include "lib/fleet/store_sync_call.h"

#define TIMEOUT_MS 10000
#define PIPELINE_MAX 512

struct store_sync {
	redisContext *redis;
	const char *prefix;
	int waiting; /* queued commands without their reply */
	char error[256];
};

/* hiredis has errno's words for a timeout of its own. */
static int
failed(struct store_sync *s, const char *why)
{
	if (why && strcmp(why, strerrordesc_np(EAGAIN)) == 0)
		why = "it does not answer in time";
	(void)snprintf(s->error, sizeof(s->error), "%s",
	    why && *why ? why : "Redis closed the connection");
	return -1;
}

/* NULL after failed(); an error reply counts as failure. */
static redisReply *
checked(struct store_sync *s, void *reply)
{
	redisReply *r = reply;

	if (!r) {
		(void)failed(s, s->redis->errstr);
		return NULL;
	}
	if (r->type == REDIS_REPLY_ERROR) {
		(void)failed(s, r->str);
		freeReplyObject(r);
		return NULL;
	}
	return r;
}

/* As store.c says hello. */
static int
login(struct store_sync *s, const struct config_policyd *c)
{
	struct arena *arena = arena_new();
	struct command hello[STORE_HELLO_COMMANDS];
	struct reply replies[STORE_HELLO_COMMANDS];
	struct buf password = {0};
	char *error = NULL;
	size_t n;
	int rc = -1;

	if (store_password(c->redis_password_file, &password, &error) == 0) {
		n = store_hello(hello, arena, c->redis_user,
		    slice_buf(&password), "nearpostctl");
		rc = store_sync_call(s, arena, hello, n, replies);
	} else {
		(void)failed(s, error);
		free(error);
	}
	buf_free(&password);
	arena_free(&arena);
	return rc;
}

struct store_sync *
store_sync_open(const struct config_policyd *c, char **error_r)
{
	struct store_sync *s = xcalloc(1, sizeof(*s));
	struct endpoint at = {0};
	const char *error;

	if (endpoint_parse(c->redis, &at, &error) < 0) {
		*error_r = xasprintf("policyd.redis = \"%s\": %s", c->redis,
		    error);
		free(s);
		return NULL;
	}
	s->prefix = c->redis_prefix;
	s->redis = store_connect(&at, TIMEOUT_MS);
	endpoint_free(&at);
	if (!s->redis || s->redis->err)
		(void)failed(s, s->redis ? s->redis->errstr : "no memory");
	else if (login(s, c) == 0)
		return s;
	*error_r = xasprintf("Redis at %s: %s (is it running? see policyd.redis "
	    "in nearpost.conf)", c->redis, s->error);
	store_sync_close(&s);
	return NULL;
}

void
store_sync_close(struct store_sync **s)
{
	if (*s && (*s)->redis)
		redisFree((*s)->redis);
	free(*s);
	*s = NULL;
}

const char *
store_sync_error(const struct store_sync *s)
{
	return s->error;
}

const char *
store_sync_prefix(const struct store_sync *s)
{
	return s->prefix;
}

int
store_sync_flush(struct store_sync *s)
{
	while (s->waiting > 0) {
		void *reply = NULL;
		redisReply *r;

		if (redisGetReply(s->redis, &reply) != REDIS_OK)
			return failed(s, s->redis->errstr);
		s->waiting--;
		r = checked(s, reply);
		if (!r)
			return -1;
		freeReplyObject(r);
	}
	return 0;
}

int
store_sync_put(struct store_sync *s, const char *address,
    const struct vars *record)
{
	struct arena *arena = arena_new();
	struct command c[SCHEMA_RECIPIENT_COMMANDS];

	schema_recipient_write(c, arena, s->prefix, address, record);
	for (int i = 0; i < SCHEMA_RECIPIENT_COMMANDS; i++)
		(void)redisAppendCommandArgv(
		    s->redis, c[i].argc, c[i].argv, c[i].len);
	s->waiting += SCHEMA_RECIPIENT_COMMANDS;
	arena_free(&arena);
	return s->waiting >= PIPELINE_MAX ? store_sync_flush(s) : 0;
}

int
store_sync_put_suppression(struct store_sync *s, const char *address,
    const char *reason, const char *by, int64_t since_ms)
{
	struct arena *arena = arena_new();
	struct command c[2];

	schema_suppress(c, arena, s->prefix, address, reason, by, since_ms,
	    clock_wall_ms());
	for (int i = 0; i < 2; i++)
		(void)redisAppendCommandArgv(
		    s->redis, c[i].argc, c[i].argv, c[i].len);
	s->waiting += 2;
	arena_free(&arena);
	return s->waiting >= PIPELINE_MAX ? store_sync_flush(s) : 0;
}

/* All replies are read whatever one of them says. */
int
store_sync_call(struct store_sync *s, struct arena *arena,
    const struct command *c, size_t n, struct reply *replies_r)
{
	int rc = store_sync_flush(s);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		(void)redisAppendCommandArgv(
		    s->redis, c[i].argc, c[i].argv, c[i].len);
	for (size_t i = 0; i < n; i++) {
		void *reply = NULL;

		if (redisGetReply(s->redis, &reply) != REDIS_OK)
			return failed(s, s->redis->errstr);
		store_reply_convert(arena, reply, &replies_r[i]);
		freeReplyObject(reply);
		if (replies_r[i].type == REPLY_ERROR)
			rc = failed(s, replies_r[i].text.data);
	}
	return rc;
}

static int
look_up(struct store_sync *s, struct arena *arena, const char *address,
    struct recipient *out_r)
{
	struct command c[2];
	struct reply replies[2];

	schema_recipient_lookup(c, arena, s->prefix, address);
	if (store_sync_call(s, arena, c, 2, replies) < 0)
		return -1;
	schema_recipient_read(arena, replies, out_r);
	schema_digest_lookup(c, arena, s->prefix, address);
	if (store_sync_call(s, arena, c, 1, replies) < 0)
		return -1;
	schema_digest_read(arena, replies, out_r);
	return 0;
}

int
store_sync_get(struct store_sync *s, const char *address,
    struct vars *record_r)
{
	struct recipient r;

	if (look_up(s, record_r->arena, address, &r) < 0)
		return -1;
	vars_add_missing(record_r, &r.record);
	return r.listed;
}

int
store_sync_delete(struct store_sync *s, const char *address)
{
	struct arena *arena = arena_new();
	struct command c;
	struct reply r;
	int rc;

	schema_recipient_delete(&c, arena, s->prefix, address);
	rc = store_sync_call(s, arena, &c, 1, &r);
	if (rc == 0)
		rc = r.number > 0;
	arena_free(&arena);
	return rc;
}

int
store_sync_suppress(struct store_sync *s, const char *address,
    const char *reason, int64_t now_ms)
{
	struct arena *arena = arena_new();
	struct command c[2];
	struct reply replies[2];
	int rc;

	schema_suppress(c, arena, s->prefix, address, reason, "nearpostctl",
	    now_ms, now_ms);
	rc = store_sync_call(s, arena, c, 2, replies);
	arena_free(&arena);
	return rc;
}

int
store_sync_unsuppress(struct store_sync *s, const char *address)
{
	struct arena *arena = arena_new();
	char digest[ERASE_DIGEST_SIZE];
	struct command c[2 + SCHEMA_ERASE_UNMARKS];
	struct reply replies[2 + SCHEMA_ERASE_UNMARKS];
	int rc;

	erase_digest(digest, address);
	schema_unsuppress(c, arena, s->prefix, address);
	schema_erase_unmark(&c[2], arena, s->prefix, digest);
	rc = store_sync_call(s, arena, c, 2 + SCHEMA_ERASE_UNMARKS, replies);
	if (rc == 0)
		rc = replies[0].number + replies[2].number > 0;
	arena_free(&arena);
	return rc;
}

int
store_sync_suppressed(struct store_sync *s, struct arena *arena,
    const char *address, const char **reason_r, int64_t *since_ms_r)
{
	struct recipient r;

	if (look_up(s, arena, address, &r) < 0)
		return -1;
	*reason_r = r.reason;
	*since_ms_r = r.since_ms;
	return r.suppressed;
}

int
store_sync_suppressed_as(struct store_sync *s, struct arena *arena,
    const char *name, const char **reason_r, int64_t *since_ms_r)
{
	struct command c[2];
	struct reply replies[2];
	struct recipient r;

	schema_recipient_lookup(c, arena, s->prefix, name);
	if (store_sync_call(s, arena, c, 2, replies) < 0)
		return -1;
	schema_recipient_read(arena, replies, &r);
	*reason_r = r.reason;
	*since_ms_r = r.since_ms;
	return r.suppressed;
}

int
store_sync_campaign(struct store_sync *s, const char *name,
    struct campaign_counts *out_r)
{
	struct arena *arena = arena_new();
	struct command c;
	struct reply r;
	int rc;

	schema_campaign_load(&c, arena, s->prefix, name);
	rc = store_sync_call(s, arena, &c, 1, &r);
	if (rc == 0)
		schema_campaign_read(&r, out_r);
	arena_free(&arena);
	return rc;
}

char *
store_sync_info(struct store_sync *s, const char *name)
{
	redisReply *r = checked(s, redisCommand(s->redis, "INFO"));
	struct slice rest, line;
	char *value = NULL;
	size_t n = strlen(name);

	if (!r)
		return NULL;
	rest = (struct slice){r->str, r->len};
	while (!value && slice_split(&rest, '\n', &line)) {
		line = slice_trim(line);
		if (line.len > n && line.data[n] == ':' &&
		    memcmp(line.data, name, n) == 0)
			value = xstrndup(line.data + n + 1, line.len - n - 1);
	}
	freeReplyObject(r);
	return value;
}

char *
store_sync_config(struct store_sync *s, const char *name)
{
	redisReply *r = checked(s,
	    redisCommand(s->redis, "CONFIG GET %s", name));
	char *value = NULL;

	if (!r)
		return NULL;
	if (r->elements == 2 && r->element[1]->str)
		value = xstrdup(r->element[1]->str);
	freeReplyObject(r);
	return value;
}
