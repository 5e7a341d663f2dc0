#include "config.h"

#include "ctl/where.h"

static void
split(const char *condition, struct slice *name_r, struct slice *value_r)
{
	const char *eq = strchr(condition, '=');

	*name_r = (struct slice){condition,
	    eq ? (size_t)(eq - condition) : strlen(condition)};
	*value_r = slice_of(eq ? eq + 1 : "");
}

bool
where_ok(const char *condition)
{
	struct slice name, value;

	split(condition, &name, &value);
	return strchr(condition, '=') && vars_name_ok(name);
}

bool
where_matches(const struct vars *record, const char *const *conditions,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct slice name, value;
		const struct var *v;

		split(conditions[i], &name, &value);
		v = vars_get(record, name);
		if (!v || !slice_eq(v->value, value))
			return false;
	}
	return true;
}
