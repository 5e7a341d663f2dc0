/* A scratch directory for one test. */
#ifndef NEARPOST_TESTS_TREE_H
#define NEARPOST_TESTS_TREE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "tests/unit/unit.h"

static inline char *
tree_new(void)
{
	char *dir = xasprintf("%s/nearpost-test-XXXXXX",
	    getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");

	ck_assert_ptr_nonnull(mkdtemp(dir));
	return dir;
}

/* Directories are made as needed. */
static inline void
tree_put(const char *dir, const char *path, struct slice content)
{
	char *full = xasprintf("%s/%s", dir, path), *slash;

	slash = strrchr(full, '/');
	*slash = '\0';
	ck_assert_int_eq(file_mkdirs(full, 0755), 0);
	*slash = '/';
	ck_assert_int_eq(file_write(full, content, 0644), 0);
	free(full);
}

static inline void
tree_put_str(const char *dir, const char *path, const char *content)
{
	tree_put(dir, path, slice_of(content));
}

static inline int
tree_remove_one(const char *path, const struct stat *st, int kind,
    struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline void
tree_free(char **dir)
{
	(void)nftw(*dir, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(*dir);
	*dir = NULL;
}

#endif
