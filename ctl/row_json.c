#include "config.h"

#include "ctl/row_json.h"

#include <stdio.h>

#include "ctl/fleet.h"
#include "lib/base/text.h"

/* A gateway may be called 7, a reason may be "no". */
static const char *const texts[] = {"assets", "campaign", "creative",
    "drained_reason", "gateway", "gateways", "host", "id", "name", "queue_id",
    "reason", "recipient", "relay_host", "site", "state", "text", "ticket"};

static bool
is_text(const char *name)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(name, texts[i]) == 0)
			return true;
	return false;
}

static void
add(struct json *at, const char *name, struct slice value)
{
	double real;
	int64_t whole;

	if (is_text(name))
		json_add_text(at, name, value);
	else if (text_int(value, INT64_MIN, INT64_MAX, &whole) == 0)
		json_add_int(at, name, whole);
	else if (text_double(value, -1e18, 1e18, &real) == 0)
		json_add_real(at, name, real);
	else if (slice_eq_str(value, "yes") || slice_eq_str(value, "no"))
		json_add_bool(at, name, slice_eq_str(value, "yes"));
	else
		json_add_text(at, name, value);
}

void
row_json(struct json *at, struct slice row)
{
	struct arena *arena = arena_new();
	struct slice part, name;

	while (slice_split(&row, ';', &part))
		if (slice_split(&part, '=', &name) && name.len)
			add(at, arena_strndup(arena, name.data, name.len),
			    part);
	arena_free(&arena);
}

void
row_json_list(struct json *at, const char *name, struct arena *arena,
    const struct policy_message *m, const char *prefix)
{
	struct json *list = json_add_list(at, name);
	struct slice row;

	for (int n = 0; fleet_row(arena, m, prefix, n, &row); n++)
		row_json(json_add_object(list, NULL), row);
}

void
json_print(struct json **root)
{
	struct buf text = {0};

	json_end(root, &text);
	(void)fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}
