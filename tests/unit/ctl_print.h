/* A configuration in a directory of its own, and what is printed for it. */
#ifndef NEARPOST_TESTS_CTL_PRINT_H
#define NEARPOST_TESTS_CTL_PRINT_H

#include "ctl/print.h"
#include "tests/unit/tree.h"

static struct config config;
static struct print p;
static struct buf out;
static char *dir;

/* Nothing is merged: no Postfix is asked. */
static void
load(const char *text, bool gateway)
{
	char *path, *error = NULL;

	tree_put_str(dir, "nearpost.conf", text);
	path = xasprintf("%s/nearpost.conf", dir);
	ck_assert_msg(config_load(path, &config, &error) == 0, "%s", error);
	free(path);
	p = (struct print){.config = &config, .dir = "/etc/np",
	    .gateway = gateway};
}

static void
set_up(void)
{
	dir = tree_new();
}

static void
tear_down(void)
{
	buf_free(&out);
	config_free(&config);
	tree_free(&dir);
}

#endif
