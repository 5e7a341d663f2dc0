/* Loading goes by the manifest, not by the directory: what it lists is read, once,
 * checked while it is read, and what it does not list is an error.  Everything is
 * made before anybody sees the set; afterwards only the count changes. */
#include "lib/mail/assets.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/parallel.h"
#include "lib/mail/assets_creative.h"

struct assets {
	atomic_int refs;
	char digest[MANIFEST_DIGEST_LEN];
	struct arena *arena;
	struct campaign **campaigns;
	size_t n_campaigns;
	struct asset_creative *creatives; /* by campaign, then creative */
	size_t n_creatives;
	struct map *blobs; /* raw digest to struct blob, one reference each */
	size_t blob_bytes;
};

/* What loading needs and the set does not. */
struct load {
	const char *dir;
	const struct manifest *m;
	struct assets *set;
	struct assets *const *others; /* that have some of the files already */
	size_t n_others;
	struct job {
		bool encode; /* becomes a blob; else it is only checked */
		struct blob *blob;
		char *error;
	} *jobs; /* one per file of the manifest */
};

static struct slice
key_of(const unsigned char digest[SHA256_SIZE])
{
	return (struct slice){(const char *)digest, SHA256_SIZE};
}

static int
load_campaigns(struct load *l, char **error_r)
{
	struct assets *a = l->set;
	struct setting_list names;
	size_t i;
	int r = 0;

	if (campaign_list(l->m, &names) == -1) {
		*error_r = xasprintf("%s: a directory with a campaign.conf has a "
		    "name that no stub can ask for; names are 1 to 64 letters, "
		    "digits, . _ and -", l->dir);
		return -1;
	}
	a->campaigns = xcalloc(names.n, sizeof(*a->campaigns));
	for (i = 0; i < names.n; i++) {
		if (r == 0) {
			a->campaigns[i] = campaign_load(l->dir, names.items[i],
			    l->m, error_r);
			r = a->campaigns[i] ? 0 : -1;
			a->n_campaigns += r == 0;
		}
		free(names.items[i]);
	}
	free(names.items);
	return r;
}

/* The first one of that content; NULL when no set has it. */
static struct blob *
blob_of(struct slice key, struct assets *const *sets, size_t n)
{
	struct blob *found = NULL;
	size_t i;

	for (i = 0; i < n && !found; i++)
		found = map_get(sets[i]->blobs, key);
	return found;
}

/* Mark the file for encoding, unless its content has its place already. */
static void
want(struct load *l, const struct campaign *c, const struct creative *r,
    const struct setting_list *names)
{
	size_t i;

	for (i = 0; i < names->n; i++) {
		char *path = xasprintf("%s/%s/%s", c->name, r->name,
		    names->items[i]);
		const struct manifest_file *f = manifest_find(l->m, path);
		struct slice key = key_of(f->sha256);
		struct job *job = &l->jobs[f - l->m->files];
		struct blob *old;

		free(path);
		if (map_get(l->set->blobs, key))
			continue;
		old = blob_of(key, l->others, l->n_others);
		if (old) {
			(void)map_set(l->set->blobs, key, blob_ref(old));
			continue;
		}
		/* A place holder, so that the same content under another name
		 * is not encoded again; put_blobs() replaces it. */
		job->encode = true;
		(void)map_set(l->set->blobs, key, job);
	}
}

static void
run_job(void *ctx, size_t i)
{
	struct load *l = ctx;
	struct job *job = &l->jobs[i];

	(void)blob_read(l->dir, &l->m->files[i],
	    job->encode ? &job->blob : NULL, &job->error);
}

/* Every place holder becomes its blob, or goes; the first error is told. */
static int
put_blobs(struct load *l, char **error_r)
{
	size_t i;
	int r = 0;

	for (i = 0; i < l->m->n; i++) {
		struct job *job = &l->jobs[i];
		struct slice key = key_of(l->m->files[i].sha256);

		if (job->encode && job->blob) {
			(void)map_set(l->set->blobs, key, job->blob);
		} else if (job->encode) {
			(void)map_del(l->set->blobs, key);
		}
		if (job->error && r == 0) {
			*error_r = job->error;
			job->error = NULL;
			r = -1;
		}
		free(job->error);
	}
	return r;
}

static int
load_blobs(struct load *l, char **error_r)
{
	struct assets *a = l->set;
	size_t i, k, pos = 0;
	struct slice key;
	void *blob;
	int r;

	l->jobs = xcalloc(l->m->n, sizeof(*l->jobs));
	for (i = 0; i < a->n_campaigns; i++) {
		const struct campaign *c = a->campaigns[i];
		const struct creative *creative = c->creatives.items;

		for (k = 0; k < c->creatives.n; k++, creative++) {
			want(l, c, creative, &creative->inline_parts);
			want(l, c, creative, &creative->attach);
		}
	}
	parallel_for(l->m->n, run_job, l);
	r = put_blobs(l, error_r);
	free(l->jobs);
	l->jobs = NULL;
	while (map_next(a->blobs, &pos, &key, &blob))
		a->blob_bytes += blob_base64(blob).len;
	return r;
}

static struct slice
content_of(const struct manifest_file *f, void *ctx)
{
	struct assets *a = ctx;
	const struct blob *b = blob_of(key_of(f->sha256), &a, 1);

	/* assets_check() has none. */
	return b ? blob_base64(b) : (struct slice){NULL, 0};
}

static int
by_names(const void *a, const void *b)
{
	const struct asset_creative *x = a, *y = b;
	int order = strcmp(x->campaign->name, y->campaign->name);

	return order ? order : strcmp(x->creative->name, y->creative->name);
}

static int
load_creatives(struct load *l, char **error_r)
{
	struct assets *a = l->set;
	struct asset_texts *texts = asset_texts_new(l->dir, l->m);
	size_t i, k, n = 0;
	int r = 0;

	for (i = 0; i < a->n_campaigns; i++)
		n += a->campaigns[i]->creatives.n;
	a->creatives = arena_alloc(a->arena, n * sizeof(*a->creatives));
	for (i = 0; i < a->n_campaigns && r == 0; i++) {
		const struct campaign *c = a->campaigns[i];
		const struct creative *creative = c->creatives.items;

		for (k = 0; k < c->creatives.n && r == 0; k++)
			r = asset_creative_load(&a->creatives[a->n_creatives++],
			    a->arena, c, &creative[k], texts, content_of, a,
			    error_r);
	}
	asset_texts_free(&texts);
	if (r == 0 && n)
		qsort(a->creatives, n, sizeof(*a->creatives), by_names);
	return r;
}

static struct assets *
new_set(const struct manifest *m)
{
	struct assets *a = xcalloc(1, sizeof(*a));

	atomic_init(&a->refs, 1);
	a->arena = arena_new();
	a->blobs = map_new();
	memcpy(a->digest, m->digest, sizeof(a->digest));
	return a;
}

int
assets_check(const char *dir, const struct manifest *m, char **error_r)
{
	struct assets *a = new_set(m);
	struct load l = {.dir = dir, .m = m, .set = a};
	int r = 0;

	if (load_campaigns(&l, error_r) == -1 ||
	    load_creatives(&l, error_r) == -1)
		r = -1;
	assets_unref(&a);
	return r;
}

static struct assets *
load_set(struct load *l, char **error_r)
{
	struct assets *a = new_set(l->m);

	l->set = a;
	if (manifest_verify_names(l->dir, l->m, error_r) == -1 ||
	    load_campaigns(l, error_r) == -1 ||
	    load_blobs(l, error_r) == -1 ||
	    load_creatives(l, error_r) == -1)
		assets_unref(&a);
	return a;
}

struct assets *
assets_reload(const char *dir, const struct keyring *keys,
    struct assets *const *others, size_t n, char **error_r)
{
	struct manifest *m = manifest_load_signed(dir, keys, error_r);
	struct load l = {.dir = dir, .m = m, .others = others, .n_others = n};
	struct assets *a = m ? load_set(&l, error_r) : NULL;

	manifest_free(&m);
	return a;
}

struct assets *
assets_load_unbuilt(const char *dir, char **error_r)
{
	struct manifest *m = manifest_scan(dir, error_r);
	struct load l = {.dir = dir, .m = m};
	struct assets *a = m ? load_set(&l, error_r) : NULL;

	manifest_free(&m);
	return a;
}

struct assets *
assets_load(const char *dir, const struct keyring *keys, char **error_r)
{
	return assets_reload(dir, keys, NULL, 0, error_r);
}

struct assets *
assets_ref(struct assets *a)
{
	atomic_fetch_add(&a->refs, 1);
	return a;
}

static void
drop_blob(void *blob)
{
	struct blob *b = blob;

	blob_unref(&b);
}

void
assets_unref(struct assets **a)
{
	struct assets *set = *a;
	size_t i;

	*a = NULL;
	if (!set || atomic_fetch_sub(&set->refs, 1) != 1)
		return;
	for (i = 0; i < set->n_creatives; i++)
		asset_creative_clear(&set->creatives[i]);
	for (i = 0; i < set->n_campaigns; i++)
		campaign_free(&set->campaigns[i]);
	free(set->campaigns);
	map_free(&set->blobs, drop_blob);
	arena_free(&set->arena);
	free(set);
}

const char *
assets_digest(const struct assets *a)
{
	return a->digest;
}

struct names {
	const char *campaign, *creative;
};

static int
by_key(const void *key, const void *creative)
{
	const struct names *names = key;
	const struct asset_creative *c = creative;
	int order = strcmp(names->campaign, c->campaign->name);

	return order ? order : strcmp(names->creative, c->creative->name);
}

const struct asset_creative *
assets_find(const struct assets *a, const char *campaign, const char *creative)
{
	struct names key = {campaign, creative};

	return a->n_creatives ? bsearch(&key, a->creatives, a->n_creatives,
	                            sizeof(*a->creatives), by_key) : NULL;
}

struct campaign *const *
assets_campaigns(const struct assets *a, size_t *n_r)
{
	*n_r = a->n_campaigns;
	return a->campaigns;
}

static size_t
texts_memory(const struct assets *a)
{
	size_t i, sum = sizeof(*a) + arena_used(a->arena);

	for (i = 0; i < a->n_creatives; i++)
		sum += asset_creative_memory(&a->creatives[i]);
	return sum;
}

size_t
assets_memory(const struct assets *a)
{
	return texts_memory(a) + a->blob_bytes;
}

size_t
assets_own_memory(const struct assets *a, struct assets *const *others,
    size_t n)
{
	size_t sum = texts_memory(a), pos = 0;
	struct slice key;
	void *blob;

	while (map_next(a->blobs, &pos, &key, &blob))
		if (!blob_of(key, others, n))
			sum += blob_base64(blob).len;
	return sum;
}
