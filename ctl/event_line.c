#include "ctl/event_line.h"

#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

static const char *
field(const struct store_event *e, const char *name)
{
	const char *value = reply_field(e->fields, name);

	return value ? value : "";
}

static bool
same(const char *wanted, const char *is)
{
	return !wanted || strcmp(wanted, is) == 0;
}

static bool
below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return d > 0 && n >= d && strcasecmp(name + n - d, domain) == 0 &&
	    (n == d || name[n - d - 1] == '.');
}

static bool
at_site(const struct store_event *e, const char *site)
{
	const char *at = strrchr(field(e, "recipient"), '@');

	return below(field(e, "relay_host"), site) ||
	    (at && below(at + 1, site));
}

bool
event_asked_for(const struct event_filter *f, const struct store_event *e)
{
	return same(f->campaign, field(e, "campaign")) &&
	    same(f->gateway, field(e, "gateway")) &&
	    (!f->recipient ||
		strcasecmp(f->recipient, field(e, "recipient")) == 0) &&
	    (!f->site || at_site(e, f->site));
}

void
event_line(struct buf *out, const struct store_event *e)
{
	const char *relay = field(e, "relay_host");
	char when[32], recipient[400], text[600];
	int64_t ttr_ms;

	clock_milli(when, sizeof(when), e->at_ms);
	buf_printf(out, "%s  %-8s  %-8s %s  %s  %s", when, field(e, "status"),
	    field(e, "gateway"), field(e, "campaign"),
	    log_safe(recipient, sizeof(recipient), field(e, "recipient")),
	    *relay ? relay : "no server");
	if (text_int(slice_of(field(e, "ttr_ms")), 0, INT64_MAX, &ttr_ms) == 0)
		buf_printf(out, "  %.2f s", (double)ttr_ms / 1000);
	if (*field(e, "cause"))
		buf_printf(out, "  %s", field(e, "cause"));
	buf_printf(out, "  %s\n",
	    log_safe(text, sizeof(text), field(e, "text")));
}

void
event_json(struct buf *out, const struct store_event *e)
{
	struct json *root = json_begin();
	const struct reply *r = e->fields;
	int64_t number;

	json_add_text(root, "id", slice_of(e->id));
	json_add_int(root, "at_ms", e->at_ms);
	for (size_t i = 0; i + 1 < r->n; i += 2) {
		const char *name = r->items[i].text.data;
		struct slice value = r->items[i + 1].text;

		if ((strstr(name, "_ms") ||
		    strcmp(name, "size_bytes") == 0) &&
		    text_int(value, INT64_MIN, INT64_MAX, &number) == 0)
			json_add_int(root, name, number);
		else
			json_add_text(root, name, value);
	}
	json_end(&root, out);
}
