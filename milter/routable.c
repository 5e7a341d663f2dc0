#include "milter/routable.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/map.h"

#define WARN_EVERY_MS 60000

struct routes {
	struct map *labels; /* "tyo-lon", "tyo-lon.split": value &yes */
	char *ids;
	int refs;
};

static char yes; /* what a map's value points to */

/* The label of a key, without the dots around it; false when the line is no
 * route of ours. */
static bool
label_of(struct slice key, const char *relay_domain, struct slice *label_r)
{
	size_t tail = strlen(relay_domain) + 1;

	if (key.len < tail + 2 || key.data[0] != '.' ||
	    key.data[key.len - tail] != '.')
		return false;
	if (!slice_caseeq_str((struct slice){key.data + key.len - tail + 1,
	        tail - 1}, relay_domain))
		return false;
	*label_r = (struct slice){key.data + 1, key.len - tail - 1};
	return true;
}

static bool
starts_with(struct slice s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && strncasecmp(s.data, prefix, len) == 0;
}

static void
take_line(struct routes *r, struct slice line, const char *relay_domain)
{
	struct slice key = line, label, value;
	size_t len = 0;

	/* Comments, and lines that continue the one before. */
	if (line.len == 0 || strchr("# \t", line.data[0]))
		return;
	while (len < line.len && !strchr(" \t", line.data[len]))
		len++;
	key.len = len;
	value = slice_trim((struct slice){line.data + len, line.len - len});
	if (value.len == 0 || starts_with(value, "retry:") ||
	    starts_with(value, "error:") || starts_with(value, "discard:"))
		return;
	if (label_of(key, relay_domain, &label))
		(void)map_set(r->labels, label, &yes);
}

static int
by_name(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->data, y->data, len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static char *
list_ids(const struct map *labels)
{
	size_t n = map_count(labels), pos = 0, found = 0, i;
	struct slice *ids = xcalloc(n, sizeof(*ids)), id;
	struct buf text = {0};
	void *value;

	while (map_next(labels, &pos, &id, &value))
		if (address_id_ok(id))
			ids[found++] = id;
	qsort(ids, found, sizeof(*ids), by_name);
	buf_add_str(&text, "");
	for (i = 0; i < found; i++) {
		if (i)
			buf_add_char(&text, ',');
		buf_add_slice(&text, ids[i]);
	}
	free(ids);
	return buf_steal(&text);
}

struct routes *
routes_parse(struct slice text, const char *relay_domain)
{
	struct routes *r = xcalloc(1, sizeof(*r));
	struct slice line;

	r->refs = 1;
	r->labels = map_new();
	while (slice_split(&text, '\n', &line))
		take_line(r, line, relay_domain);
	r->ids = list_ids(r->labels);
	return r;
}

static struct routes *
routes_ref(struct routes *r)
{
	(void)__atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
	return r;
}

void
routes_unref(struct routes **r)
{
	if (*r && __atomic_sub_fetch(&(*r)->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		map_free(&(*r)->labels, NULL);
		free((*r)->ids);
		free(*r);
	}
	*r = NULL;
}

const char *
routes_ids(const struct routes *r)
{
	return r->ids;
}

bool
routes_have(const struct routes *r, const struct ranking *rank, bool split)
{
	struct buf label = {0};
	bool found;

	ranking_text(rank, '-', &label);
	if (split)
		buf_add_str(&label, "." ADDRESS_SPLIT);
	found = map_get(r->labels, slice_buf(&label)) != NULL;
	buf_free(&label);
	return found;
}

struct routable {
	char *path, *relay_domain;
	pthread_mutex_t lock; /* of everything below */
	struct routes *routes;
	int64_t next_check_ms;
	bool read_once;
	struct stat seen;
	struct log_limit warned;
};

struct routable *
routable_new(const char *path, const char *relay_domain)
{
	struct routable *r = xcalloc(1, sizeof(*r));

	r->path = xstrdup(path);
	r->relay_domain = xstrdup(relay_domain);
	r->routes = routes_parse((struct slice){"", 0}, relay_domain);
	r->next_check_ms = INT64_MIN;
	if (pthread_mutex_init(&r->lock, NULL) != 0)
		fatalx(71, "pthread_mutex_init");
	return r;
}

void
routable_free(struct routable **r)
{
	if (!*r)
		return;
	routes_unref(&(*r)->routes);
	(void)pthread_mutex_destroy(&(*r)->lock);
	free((*r)->path);
	free((*r)->relay_domain);
	free(*r);
	*r = NULL;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
look_at_file(struct routable *r, int64_t mono_ms)
{
	struct buf text = {0};
	struct stat st;

	memset(&st, 0, sizeof(st));
	if (stat(r->path, &st) == 0 && r->read_once && same_file(&st, &r->seen))
		return;
	if (st.st_ino && file_read(r->path, ROUTABLE_FILE_MAX, &text) == 0) {
		routes_unref(&r->routes);
		r->routes = routes_parse(slice_buf(&text), r->relay_domain);
		r->seen = st;
		r->read_once = true;
		log_info("transport table %s: gateways=%s", r->path,
		    routes_ids(r->routes));
	} else if (log_may(&r->warned, mono_ms, WARN_EVERY_MS)) {
		log_warn("transport table %s", r->path);
	}
	buf_free(&text);
}

struct routes *
routable_get(struct routable *r, int64_t mono_ms)
{
	struct routes *now;

	(void)pthread_mutex_lock(&r->lock);
	if (mono_ms >= r->next_check_ms) {
		r->next_check_ms = mono_ms + ROUTABLE_CHECK_MS;
		look_at_file(r, mono_ms);
	}
	now = routes_ref(r->routes);
	(void)pthread_mutex_unlock(&r->lock);
	return now;
}
