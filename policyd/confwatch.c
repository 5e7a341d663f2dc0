#include "policyd/confwatch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/mem.h"

#define LOOK_MS 250
#define STILL_MS 500

struct confwatch {
	struct policyd *p;
	struct timer *timer;
	struct stat known; /* taken up, or told why not */
	struct stat seen;  /* as of the last look */
	int64_t seen_ms;   /* since when it has been so: loop time */
};

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A file that is not there looks like an empty one. */
static void
look(const struct confwatch *w, struct stat *out_r)
{
	if (stat(w->p->config_path, out_r) != 0)
		memset(out_r, 0, sizeof(*out_r));
}

static const char *
missing(const struct policyd *p, const struct config *fresh)
{
	const struct config_gateway *g = p->config.gateways.items;
	size_t i;

	for (i = 0; i < p->config.gateways.n; i++)
		if (!config_gateway(fresh, g[i].id))
			return g[i].id;
	return NULL;
}

static void
take_up(struct policyd *p)
{
	struct config fresh = {0};
	char *error = NULL;
	const char *id;

	p->config_stale = true;
	if (config_load(p->config_path, &fresh, &error) != 0) {
		log_warnx("%s has changed and is not taken up: %s",
		    p->config_path, error);
		free(error);
		return;
	}
	id = missing(p, &fresh);
	if (id) {
		log_warnx("%s has changed, and gateway \"%s\" is not in it any "
			  "more: send SIGHUP if that is meant",
		    p->config_path, id);
		config_free(&fresh);
		return;
	}
	log_info("%s has changed and is taken up", p->config_path);
	policyd_take_config(p, &fresh);
}

static void
on_timer(void *ctx)
{
	struct confwatch *w = ctx;
	int64_t now_ms = loop_mono_ms(w->p->loop);
	struct stat now;

	look(w, &now);
	if (!same(&now, &w->seen)) {
		w->seen = now;
		w->seen_ms = now_ms;
	}
	if (now.st_ino == 0 || same(&now, &w->known) ||
	    now_ms - w->seen_ms < STILL_MS)
		return;
	w->known = now;
	take_up(w->p);
}

void
confwatch_known(struct confwatch *w)
{
	look(w, &w->known);
	w->seen = w->known;
}

struct confwatch *
confwatch_new(struct policyd *p)
{
	struct confwatch *w = xcalloc(1, sizeof(*w));

	w->p = p;
	confwatch_known(w);
	w->timer = timer_new(p->loop, LOOK_MS, true, on_timer, w);
	return w;
}

void
confwatch_free(struct confwatch **w)
{
	if (!*w)
		return;
	timer_free(&(*w)->timer);
	free(*w);
	*w = NULL;
}
