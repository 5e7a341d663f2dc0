/* A command line may wait, so this is plain synchronous hiredis; policyd's store.c
 * must not, and shares nothing with it but the names of keys. */
#include "config.h"

#include "lib/fleet/store_sync.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/text.h"

#define TIMEOUT_S 10
#define PIPELINE_MAX 512
#define PASSWORD_MAX 4096

struct store_sync {
	redisContext *redis;
	const char *prefix;
	int waiting; /* queued commands without their reply */
	char error[256];
};

static int
failed(struct store_sync *s, const char *why)
{
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

static int
login(struct store_sync *s, const struct config_policyd *c)
{
	struct buf password = {0};
	struct slice text;
	redisReply *r;

	if (!*c->redis_password_file)
		return 0;
	if (file_read(c->redis_password_file, PASSWORD_MAX, &password) < 0)
		return failed(s, "the password file cannot be read");
	text = slice_trim(slice_buf(&password));
	if (*c->redis_user)
		r = redisCommand(s->redis, "AUTH %s %b", c->redis_user,
		    text.data, text.len);
	else
		r = redisCommand(s->redis, "AUTH %b", text.data, text.len);
	buf_free(&password);
	r = checked(s, r);
	if (!r)
		return -1;
	freeReplyObject(r);
	return 0;
}

struct store_sync *
store_sync_open(const struct config_policyd *c, char **error_r)
{
	struct timeval timeout = {.tv_sec = TIMEOUT_S};
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
	s->redis = at.path ? redisConnectUnixWithTimeout(at.path, timeout) :
	    redisConnectWithTimeout(at.host, at.port, timeout);
	endpoint_free(&at);
	if (!s->redis || s->redis->err)
		(void)failed(s, s->redis ? s->redis->errstr : "no memory");
	else if (redisSetTimeout(s->redis, timeout) == REDIS_OK &&
	    login(s, c) == 0)
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
	char *key = xasprintf("%srcpt:{%s}", s->prefix, address);
	size_t argc = 2 + 2 * record->n, i = 0;
	const char **argv = xcalloc(argc, sizeof(*argv));
	size_t *lens = xcalloc(argc, sizeof(*lens));

	argv[i] = "HSET";
	lens[i++] = 4;
	argv[i] = key;
	lens[i++] = strlen(key);
	for (size_t j = 0; j < record->n; j++) {
		argv[i] = record->list[j].name;
		lens[i++] = strlen(record->list[j].name);
		argv[i] = record->list[j].value.data;
		lens[i++] = record->list[j].value.len;
	}
	(void)redisAppendCommand(s->redis, "MULTI");
	(void)redisAppendCommand(s->redis, "DEL %s", key);
	(void)redisAppendCommandArgv(s->redis, (int)argc, argv, lens);
	(void)redisAppendCommand(s->redis, "EXEC");
	s->waiting += 4;
	free(argv);
	free(lens);
	free(key);
	return s->waiting >= PIPELINE_MAX ? store_sync_flush(s) : 0;
}

int
store_sync_get(struct store_sync *s, const char *address,
    struct vars *record_r)
{
	redisReply *r = checked(s,
	    redisCommand(s->redis, "HGETALL %srcpt:{%s}", s->prefix, address));
	const char *error;
	int found;

	if (!r)
		return -1;
	for (size_t i = 0; i + 1 < r->elements; i += 2) {
		struct slice name = {r->element[i]->str, r->element[i]->len};
		struct slice value = {r->element[i + 1]->str,
		    r->element[i + 1]->len};

		if (vars_set(record_r, name, value, &error) < 0)
			(void)failed(s, error);
	}
	found = r->elements > 0;
	freeReplyObject(r);
	return found;
}

int
store_sync_suppress(struct store_sync *s, const char *address,
    const char *reason, int64_t now_ms)
{
	redisReply *r = checked(s, redisCommand(s->redis,
	    "HSET %ssuppressed:{%s} reason %s since_ms %lld", s->prefix, address,
	    reason, (long long)now_ms));

	if (!r)
		return -1;
	freeReplyObject(r);
	return 0;
}

int
store_sync_unsuppress(struct store_sync *s, const char *address)
{
	redisReply *r = checked(s, redisCommand(s->redis,
	    "DEL %ssuppressed:{%s}", s->prefix, address));
	int removed;

	if (!r)
		return -1;
	removed = r->integer > 0;
	freeReplyObject(r);
	return removed;
}

int
store_sync_suppressed(struct store_sync *s, struct arena *arena,
    const char *address, const char **reason_r, int64_t *since_ms_r)
{
	redisReply *r = checked(s, redisCommand(s->redis,
	    "HMGET %ssuppressed:{%s} reason since_ms", s->prefix, address));
	int found;

	if (!r)
		return -1;
	found = r->elements == 2 && r->element[0]->str != NULL;
	if (found) {
		*reason_r = arena_strdup(arena, r->element[0]->str);
		if (!r->element[1]->str ||
		    text_int(slice_of(r->element[1]->str), 0, INT64_MAX,
		        since_ms_r) < 0)
			*since_ms_r = 0;
	}
	freeReplyObject(r);
	return found;
}

/* Hand a SCAN's page to fn, each address once: SCAN may repeat a key, which for
 * `send` would be a second advert. */
static int
each_of_page(const redisReply *keys, size_t skip, struct map *seen,
    int (*fn)(const char *address, void *ctx), void *ctx)
{
	for (size_t i = 0; i < keys->elements; i++) {
		const char *key = keys->element[i]->str;
		size_t len = keys->element[i]->len;
		char *address;
		int stop;

		if (len < skip + 2 || key[len - 1] != '}' ||
		    map_get(seen, (struct slice){key, len}))
			continue;
		(void)map_set(seen, (struct slice){key, len}, seen);
		address = xstrndup(key + skip, len - skip - 1);
		stop = fn(address, ctx);
		free(address);
		if (stop)
			return stop;
	}
	return 0;
}

int
store_sync_each(struct store_sync *s, enum store_sync_kind kind,
    int (*fn)(const char *address, void *ctx), void *ctx)
{
	char *base = xasprintf("%s%s:{", s->prefix,
	    kind == STORE_RECIPIENTS ? "rcpt" : "suppressed");
	struct map *seen = map_new();
	char cursor[32] = "0";
	int stop = 0;

	do {
		redisReply *r = checked(s, redisCommand(s->redis,
		    "SCAN %s MATCH %s* COUNT 1000", cursor, base));

		if (!r || r->elements != 2) {
			stop = -1;
		} else {
			(void)snprintf(cursor, sizeof(cursor), "%s",
			    r->element[0]->str);
			stop = each_of_page(r->element[1], strlen(base), seen,
			    fn, ctx);
		}
		if (r)
			freeReplyObject(r);
	} while (!stop && strcmp(cursor, "0") != 0);
	map_free(&seen, NULL);
	free(base);
	return stop;
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
