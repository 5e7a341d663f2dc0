/* Settings files: whatever is accepted prints, and what is printed reads back as
 * the same settings; nothing of the environment is in it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/settings.h"

#define SECRET "a secret of the environment"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item {
	char *title, *host;
	int64_t port;
};
struct root {
	char *name;
	struct setting_list list;
	struct settings_many items;
	int64_t wait_ms, size, rate_per_h;
	int choice;
	bool on;
};

static const struct setting root_rows[] = {
    {"name", SETTING_STRING, offsetof(struct root, name), "n", 0, 0, NULL, "h"},
    {"list", SETTING_LIST, offsetof(struct root, list), "a b", 0, 0, NULL, "h"},
    {.name = NULL},
};
static const struct setting item_rows[] = {
    {"host", SETTING_STRING, offsetof(struct item, host), NULL, 0, 0, NULL,
        "h"},
    {"port", SETTING_INT, offsetof(struct item, port), "25", 1, 65535, NULL,
        "h"},
    {.name = NULL},
};
static const struct setting more_rows[] = {
    {"wait", SETTING_DURATION, offsetof(struct root, wait_ms), "2s", 0, 0, NULL,
        "h"},
    {"size", SETTING_SIZE, offsetof(struct root, size), "1M", 0, 0, NULL, "h"},
    {"rate", SETTING_RATE, offsetof(struct root, rate_per_h), "20/s", 0, 0,
        NULL, "h"},
    {"choice", SETTING_CHOICE, offsetof(struct root, choice), "a", 0, 0, "a|b",
        "h"},
    {"on", SETTING_BOOL, offsetof(struct root, on), "yes", 0, 0, NULL, "h"},
    {.name = NULL},
};
static const struct settings_section sections[] = {
    {NULL, false, root_rows, sizeof(struct root), 0},
    {"item", true, item_rows, sizeof(struct item),
        offsetof(struct root, items)},
    {"more", false, more_rows, sizeof(struct root), 0},
    {.rows = NULL},
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct root r = {0}, again = {0};
	struct buf once = {0}, twice = {0};
	char *error = NULL;

	/* A name that is soon found. */
	(void)setenv("E", SECRET, 0);
	if (settings_parse("f", (struct slice){(const char *)data, size},
	        sections, &r, &error) < 0) {
		if (!error || strncmp(error, "f:", 2) != 0)
			abort();
		free(error);
		return 0;
	}
	settings_print(sections, &r, &once);
	if (memmem(once.data, once.len, SECRET, strlen(SECRET)) &&
	    !memmem(data, size, SECRET, strlen(SECRET)))
		abort();
	if (settings_parse("p", slice_buf(&once), sections, &again, &error) < 0)
		abort();
	settings_print(sections, &again, &twice);
	if (!slice_eq(slice_buf(&once), slice_buf(&twice)))
		abort();
	settings_free(sections, &r);
	settings_free(sections, &again);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
