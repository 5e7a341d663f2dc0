/* The manifest and the directory it describes.  Digests are taken on every core:
 * an asset set may well be a few gigabytes. */
#include "lib/mail/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/codec.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/parallel.h"
#include "lib/base/text.h"

#define DEPTH_MAX 8 /* directories within directories */

struct walk {
	const char *dir;
	struct arena *arena;
	const char **paths;
	size_t n, cap;
	char *error;
};

const char *
manifest_why(int error)
{
	switch (error) {
	case ENOENT:
		return "is missing; copy it here, or build and sign the set";
	case ELOOP:
		return "is a symbolic link; put the file itself there";
	case EINVAL:
		return "is no ordinary file; take it out";
	case EACCES:
		return "permission denied; let the user who runs this read it";
	default:
		return strerrordesc_np(error);
	}
}

static int
walk_fail(struct walk *w, const char *path, const char *what)
{
	w->error = xasprintf("%s%s%s: %s", w->dir, *path ? "/" : "", path, what);
	return -1;
}

/* Such a name would not survive its line of the MANIFEST, nor that of the log. */
static int
bad_name(struct walk *w, const char *path)
{
	char safe[1024];
	const char *shown = log_safe(safe, sizeof(safe), path);

	return walk_fail(w, shown, text_is_utf8(slice_of(path)) ?
	    "the name has control characters; rename the file" :
	    "the name is not in UTF-8; rename the file");
}

/* NAME or NAME.sig, README.de; a MANIFESTO is somebody's attachment. */
static bool
is_named(const char *file, const char *name)
{
	size_t len = strlen(name);

	return strncmp(file, name, len) == 0 &&
	    (file[len] == '\0' || file[len] == '.');
}

static bool
passed_over(const char *name, int depth, bool is_dir)
{
	size_t len = strlen(name);

	if (name[0] == '.')
		return true;
	if (is_dir)
		return depth == 0 && strcmp(name, "source") == 0;
	return is_named(name, MANIFEST_NAME) || is_named(name, "README") ||
	    (len > 3 && strcmp(name + len - 3, ".mk") == 0);
}

static void
add_path(struct walk *w, const char *path)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 64;
		w->paths = xrealloc(w->paths, w->cap * sizeof(*w->paths));
	}
	w->paths[w->n++] = path;
}

static int walk_dir(struct walk *w, const char *sub, int depth);

static int
walk_entry(struct walk *w, const char *sub, const char *name, int depth)
{
	char *path = *sub ? arena_printf(w->arena, "%s/%s", sub, name)
	                  : arena_strdup(w->arena, name);
	char *full = arena_printf(w->arena, "%s/%s", w->dir, path);
	struct stat st;

	if (name[0] == '.')
		return 0;
	if (text_has_control(slice_of(name)) || strchr(name, '\t') ||
	    !text_is_utf8(slice_of(name)))
		return bad_name(w, path);
	if (strlen(path) > MANIFEST_PATH_MAX)
		return walk_fail(w, path, "the path is longer than 1024 octets; "
		    "shorten its names");
	if (lstat(full, &st) == -1)
		return walk_fail(w, path, manifest_why(errno));
	if (depth > 0 && strcmp(name, MANIFEST_NAME) == 0)
		return walk_fail(w, path, "is of a set within the set; name the "
		    "directory of that one, or take the MANIFEST away");
	if (passed_over(name, depth, S_ISDIR(st.st_mode)))
		return 0;
	if (S_ISDIR(st.st_mode))
		return depth + 1 == DEPTH_MAX
		    ? walk_fail(w, path, "directories are nested more than 8 deep")
		    : walk_dir(w, path, depth + 1);
	if (S_ISLNK(st.st_mode))
		return walk_fail(w, path, manifest_why(ELOOP));
	if (!S_ISREG(st.st_mode))
		return walk_fail(w, path, manifest_why(EINVAL));
	if (w->n == MANIFEST_FILES_MAX)
		return walk_fail(w, path, "there are more than 100000 files");
	add_path(w, path);
	return 0;
}

static int
walk_dir(struct walk *w, const char *sub, int depth)
{
	char *full = arena_printf(w->arena, "%s/%s", w->dir, sub);
	DIR *d = opendir(full);
	struct dirent *e;
	int r = 0;

	if (!d)
		return walk_fail(w, sub, errno == ENOENT ?
		    "there is no such directory" : manifest_why(errno));
	while (r == 0 && (e = readdir(d)) != NULL)
		r = walk_entry(w, sub, e->d_name, depth);
	(void)closedir(d);
	return r;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
manifest_walk(const char *dir, struct arena *arena,
    const char *const **paths_r, size_t *n_r, char **error_r)
{
	struct walk w = {.dir = dir, .arena = arena};
	int r = walk_dir(&w, "", 0);
	const char **paths;

	if (r == -1) {
		*error_r = w.error;
	} else {
		paths = arena_alloc(arena, (w.n + 1) * sizeof(*paths));
		if (w.n) {
			qsort(w.paths, w.n, sizeof(*w.paths), by_name);
			memcpy(paths, w.paths, w.n * sizeof(*paths));
		}
		*paths_r = paths;
		*n_r = w.n;
	}
	free(w.paths);
	return r;
}

/* Digest and size of many files; the error of the first one that has any. */
struct digests {
	const char *dir;
	struct manifest_file *files;
	int *errors; /* errno of each */
};

static void
digest_one(void *ctx, size_t i)
{
	struct digests *d = ctx;
	struct manifest_file *f = &d->files[i];
	char *path = xasprintf("%s/%s", d->dir, f->path);

	f->size = sha256_file(path, f->sha256);
	if (f->size == -1)
		d->errors[i] = errno ? errno : EIO;
	free(path);
}

static int
digest_all(const char *dir, struct manifest_file *files, size_t n,
    char **error_r)
{
	struct digests d = {dir, files, xcalloc(n, sizeof(int))};
	size_t i;
	int r = 0;

	parallel_for(n, digest_one, &d);
	for (i = 0; i < n && r == 0; i++) {
		if (d.errors[i]) {
			*error_r = xasprintf("%s/%s: %s", dir, files[i].path,
			    manifest_why(d.errors[i]));
			r = -1;
		}
	}
	free(d.errors);
	return r;
}

static int
write_manifest(const char *dir, const struct buf *text, char **error_r)
{
	char *path = xasprintf("%s/" MANIFEST_NAME, dir);
	char *sig = xasprintf("%s/" MANIFEST_SIG_NAME, dir);
	struct buf old = {0};
	bool same;
	int r = 0;

	same = file_read(path, MANIFEST_SIZE_MAX, &old) == 0 &&
	    slice_eq(slice_buf(&old), slice_buf(text));
	if (!same && unlink(sig) == -1 && errno != ENOENT) {
		*error_r = xasprintf("%s: cannot be removed: %s", sig,
		    strerrordesc_np(errno));
		r = -1;
	} else if (!same && file_write(path, slice_buf(text), 0644) == -1) {
		*error_r = xasprintf("%s: %s", path, strerrordesc_np(errno));
		r = -1;
	}
	buf_free(&old);
	free(sig);
	free(path);
	return r;
}

/* The text of a MANIFEST. */
static int
describe(const char *dir, struct buf *text, char **error_r)
{
	struct arena *arena = arena_new();
	const char *const *paths;
	struct manifest_file *files = NULL;
	size_t n, i;
	int r = manifest_walk(dir, arena, &paths, &n, error_r);

	if (r == 0) {
		files = arena_alloc(arena, n * sizeof(*files));
		for (i = 0; i < n; i++)
			files[i].path = paths[i];
		r = digest_all(dir, files, n, error_r);
	}
	if (r == 0) {
		buf_add_str(text, "nearpost-manifest 1\n");
		for (i = 0; i < n; i++) {
			hex_encode(text, files[i].sha256, SHA256_SIZE);
			buf_printf(text, " %lld %s %s\n",
			    (long long)files[i].size,
			    manifest_media_type(paths[i]), paths[i]);
		}
	}
	arena_free(&arena);
	return r;
}

struct manifest *
manifest_scan(const char *dir, char **error_r)
{
	struct buf text = {0};
	struct manifest *m = NULL;

	if (describe(dir, &text, error_r) == 0)
		m = manifest_parse(slice_buf(&text), error_r);
	buf_free(&text);
	return m;
}

int
manifest_build(const char *dir, char **error_r)
{
	struct buf text = {0};
	int r = describe(dir, &text, error_r);

	if (r == 0)
		r = write_manifest(dir, &text, error_r);
	buf_free(&text);
	return r;
}

int
manifest_verify_names(const char *dir, const struct manifest *m,
    char **error_r)
{
	struct arena *arena = arena_new();
	const char *const *paths;
	size_t n, i, k;
	int r = manifest_walk(dir, arena, &paths, &n, error_r);

	for (i = 0; r == 0 && i < n; i++) {
		if (!manifest_find(m, paths[i])) {
			*error_r = xasprintf("%s/%s: is not in the manifest; take "
			    "it out, or build and sign the set", dir, paths[i]);
			r = -1;
		}
	}
	for (i = 0, k = 0; r == 0 && i < m->n; i++) {
		while (k < n && strcmp(paths[k], m->files[i].path) < 0)
			k++;
		if (k == n || strcmp(paths[k], m->files[i].path) != 0) {
			*error_r = xasprintf("%s/%s: %s", dir,
			    m->files[i].path, manifest_why(ENOENT));
			r = -1;
		}
	}
	arena_free(&arena);
	return r;
}

int
manifest_verify_files(const char *dir, const struct manifest *m,
    char **error_r)
{
	struct manifest_file *files;
	char *fault = NULL;
	size_t i;
	int r = manifest_verify_names(dir, m, error_r);

	if (r == -1)
		return -1;
	files = xcalloc(m->n, sizeof(*files));
	for (i = 0; i < m->n; i++)
		files[i].path = m->files[i].path;
	r = digest_all(dir, files, m->n, error_r);
	for (i = 0; r == 0 && i < m->n; i++) {
		if (files[i].size == m->files[i].size &&
		    memcmp(files[i].sha256, m->files[i].sha256, SHA256_SIZE) == 0)
			continue;
		fault = xasprintf("%s/%s: is not the file in the manifest (other "
		    "%s); copy it again, or build and sign the set", dir,
		    files[i].path,
		    files[i].size == m->files[i].size ? "digest" : "size");
		r = -1;
	}
	if (fault)
		*error_r = fault;
	free(files);
	return r;
}
