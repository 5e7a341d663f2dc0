#include "gateway-agent/shelf.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

struct shelf {
	char *assets_dir, *keys_path;
	pthread_mutex_t reloading; /* one reload at a time; taken first */
	pthread_mutex_t lock;      /* what follows; never held for long */
	struct keyring *keys;
	struct assets *current, *previous;
	int64_t previous_until_ms;
	unsigned version;
};

struct shelf *
shelf_new(const char *assets_dir, const char *keys_path)
{
	struct shelf *s = xcalloc(1, sizeof(*s));

	s->assets_dir = xstrdup(assets_dir);
	s->keys_path = xstrdup(keys_path);
	(void)pthread_mutex_init(&s->reloading, NULL);
	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
shelf_free(struct shelf **sp)
{
	struct shelf *s = *sp;

	if (!s)
		return;
	assets_unref(&s->current);
	assets_unref(&s->previous);
	keyring_unref(&s->keys);
	(void)pthread_mutex_destroy(&s->reloading);
	(void)pthread_mutex_destroy(&s->lock);
	free(s->assets_dir);
	free(s->keys_path);
	free(s);
	*sp = NULL;
}

static int
reload_keys(struct shelf *s)
{
	char *error = NULL;
	struct keyring *old, *keys = keyring_load(s->keys_path, &error);

	if (!keys) {
		log_warnx("agent.keys=%s: %s", s->keys_path, error);
		free(error);
		return -1;
	}
	(void)pthread_mutex_lock(&s->lock);
	old = s->keys;
	s->keys = keys;
	(void)pthread_mutex_unlock(&s->lock);
	keyring_unref(&old);
	return 0;
}

/* The same set again leaves everything as it is. */
static void
take_set(struct shelf *s, struct assets *fresh, int64_t now_ms)
{
	struct assets *drop = fresh;

	(void)pthread_mutex_lock(&s->lock);
	if (!s->current || strcmp(assets_digest(s->current),
	        assets_digest(fresh)) != 0) {
		drop = s->previous;
		s->previous = s->current;
		s->previous_until_ms = now_ms + SHELF_PREVIOUS_MS;
		s->current = fresh;
		s->version++;
	}
	(void)pthread_mutex_unlock(&s->lock);
	assets_unref(&drop);
}

int
shelf_reload(struct shelf *s, int64_t now_ms)
{
	struct keyring *keys;
	struct assets *fresh;
	char *error = NULL;
	int rc;

	(void)pthread_mutex_lock(&s->reloading);
	rc = reload_keys(s);
	keys = shelf_keys(s);
	fresh = keys ? assets_load(s->assets_dir, keys, &error) : NULL;
	if (fresh) {
		log_info("assets=%s digest=%s memory=%zu", s->assets_dir,
		    assets_digest(fresh), assets_memory(fresh));
		take_set(s, fresh, now_ms);
	} else {
		log_warnx("assets=%s cannot be used: %s; %s", s->assets_dir,
		    error ? error : "no keys to verify it with",
		    s->current ? "keeping the former set" : "stubs wait");
		rc = -1;
	}
	free(error);
	keyring_unref(&keys);
	(void)pthread_mutex_unlock(&s->reloading);
	return rc;
}

void
shelf_prune(struct shelf *s, int64_t now_ms)
{
	struct assets *old = NULL;

	(void)pthread_mutex_lock(&s->lock);
	if (s->previous && now_ms >= s->previous_until_ms) {
		old = s->previous;
		s->previous = NULL;
		s->version++;
	}
	(void)pthread_mutex_unlock(&s->lock);
	assets_unref(&old);
}

struct assets *
shelf_assets(struct shelf *s, const char *digest)
{
	struct assets *found = NULL;

	(void)pthread_mutex_lock(&s->lock);
	if (s->current && strcmp(assets_digest(s->current), digest) == 0)
		found = assets_ref(s->current);
	else if (s->previous &&
	    strcmp(assets_digest(s->previous), digest) == 0)
		found = assets_ref(s->previous);
	(void)pthread_mutex_unlock(&s->lock);
	return found;
}

struct keyring *
shelf_keys(struct shelf *s)
{
	struct keyring *keys;

	(void)pthread_mutex_lock(&s->lock);
	keys = s->keys ? keyring_ref(s->keys) : NULL;
	(void)pthread_mutex_unlock(&s->lock);
	return keys;
}

unsigned
shelf_digests(struct shelf *s, struct buf *out)
{
	unsigned version;

	(void)pthread_mutex_lock(&s->lock);
	if (s->current)
		buf_add_str(out, assets_digest(s->current));
	if (s->previous)
		buf_printf(out, ",%s", assets_digest(s->previous));
	version = s->version;
	(void)pthread_mutex_unlock(&s->lock);
	return version;
}
