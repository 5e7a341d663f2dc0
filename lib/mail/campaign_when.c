/* libconfuse tells the line of a value and not the column: that is looked up in
 * the file, where the condition mostly stands as it was read.  With an escaped
 * quote in it, or on several lines, it does not; then the place within the
 * condition is told. */
#include "lib/mail/campaign_when.h"

#include <stdlib.h>

#include "lib/base/text.h"

static struct slice
line_of(struct slice text, int number)
{
	struct slice line = {text.data, 0};

	while (number-- > 0 && slice_split(&text, '\n', &line))
		;
	return line;
}

/* at: the octet of r->when that it is about. */
static char *
located(const struct campaign *c, const struct creative *r, struct slice file,
    size_t at, const char *fault)
{
	int line = settings_line(c->lines, "creative", r->name, "when");
	int column, one;
	struct slice here = line_of(file, line);
	const char *found = memmem(here.data, here.len, r->when,
	    strlen(r->when));

	if (found) {
		text_place(here, (size_t)(found - here.data) + at, &one,
		    &column);
		return xasprintf("%s:%d:%d: creative \"%s\": when: %s", c->path,
		    line, column, r->name, fault);
	}
	text_place(slice_of(r->when), at, &one, &column);
	return xasprintf("%s:%d: creative \"%s\": when, character %d: %s",
	    c->path, line, r->name, column, fault);
}

static char *
compile(struct campaign *c, struct creative *r, struct slice file)
{
	char *label, *fault = NULL, *told = NULL;
	size_t at = 0;

	if (target_blank(slice_of(r->when)))
		return NULL;
	r->target = target_parse(slice_of(r->when), &at, &fault);
	if (r->target) {
		label = xasprintf("in creative \"%s\" on line %d", r->name,
		    settings_line(c->lines, "creative", r->name, "when"));
		(void)target_fields_add(&c->fields, r->target, label, &at,
		    &fault);
		free(label);
	}
	if (!fault && r->fallback)
		fault = xstrdup("a fallback is for all whom no other is for, "
		    "and has no when; take one of the two away");
	if (fault)
		told = located(c, r, file, at, fault);
	free(fault);
	return told;
}

/* Fallbacks are asked last, wherever they stand. */
static void
put_in_order(struct campaign *c)
{
	struct creative *r = c->creatives.items;
	size_t i, n = 0;
	int last;

	c->order = xcalloc(c->creatives.n, sizeof(*c->order));
	for (last = 0; last <= 1; last++)
		for (i = 0; i < c->creatives.n; i++)
			if (r[i].fallback == (last == 1))
				c->order[n++] = &r[i];
}

char *
campaign_when(struct campaign *c, struct slice file)
{
	struct creative *r = c->creatives.items;
	char *fault = NULL;
	size_t i;

	for (i = 0; i < c->creatives.n && !fault; i++)
		fault = compile(c, &r[i], file);
	if (!fault)
		put_in_order(c);
	return fault;
}
