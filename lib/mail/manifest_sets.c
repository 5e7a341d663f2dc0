/* Several sets side by side: a gateway that was restarted in the middle of a
 * roll-out must still make the adverts of the set before. */
#include "lib/mail/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

struct found {
	const char *dir;
	struct timespec built; /* its MANIFEST's, which rsync -t keeps */
};

struct search {
	struct arena *arena;
	struct found *list;
	size_t n, cap;
};

/* 1: there is one, 0: there is none, -1 with errno. */
static int
look(struct search *s, const char *dir)
{
	const char *path = arena_printf(s->arena, "%s/" MANIFEST_NAME, dir);
	struct stat st;

	if (stat(path, &st) == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 8;
		s->list = xrealloc(s->list, s->cap * sizeof(*s->list));
	}
	s->list[s->n++] = (struct found){dir, st.st_mtim};
	return 1;
}

static int
fail(const char *path, const char *what, char **error_r)
{
	*error_r = xasprintf("%s: %s", path, what);
	return -1;
}

/* Hidden ones are half copied (rsync, or a name to be changed at the end). */
static int
look_below(struct search *s, const char *root, char **error_r)
{
	DIR *d = opendir(root);
	struct dirent *e;
	int r = 0;

	if (!d)
		return fail(root, strerrordesc_np(errno), error_r);
	while (r != -1 && (e = readdir(d)) != NULL) {
		const char *dir;

		if (e->d_name[0] == '.')
			continue;
		dir = arena_printf(s->arena, "%s/%s", root, e->d_name);
		r = look(s, dir);
		if (r == -1)
			(void)fail(dir, strerrordesc_np(errno), error_r);
	}
	(void)closedir(d);
	return r == -1 ? -1 : 0;
}

static int
newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->built.tv_sec != y->built.tv_sec)
		return x->built.tv_sec < y->built.tv_sec ? 1 : -1;
	if (x->built.tv_nsec != y->built.tv_nsec)
		return x->built.tv_nsec < y->built.tv_nsec ? 1 : -1;
	return strcmp(y->dir, x->dir);
}

int
manifest_sets(const char *root, struct arena *arena,
    const char *const **dirs_r, size_t *n_r, char **error_r)
{
	struct search s = {.arena = arena};
	const char **dirs;
	int r = look(&s, arena_strdup(arena, root));
	size_t i;

	if (r == -1)
		(void)fail(root, strerrordesc_np(errno), error_r);
	else if (r == 0)
		r = look_below(&s, root, error_r);
	if (r == 0 && s.n == 0)
		r = fail(root, "there is no " MANIFEST_NAME ", nor one in a "
		    "directory below; copy a set here that was built and signed "
		    "(nearpostctl assets)", error_r);
	if (r != -1) {
		qsort(s.list, s.n, sizeof(*s.list), newest_first);
		dirs = arena_alloc(arena, s.n * sizeof(*dirs));
		for (i = 0; i < s.n; i++)
			dirs[i] = s.list[i].dir;
		*dirs_r = dirs;
		*n_r = s.n;
	}
	free(s.list);
	return r == -1 ? -1 : 0;
}
