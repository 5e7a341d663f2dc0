#include "config.h"

#include "ctl/warm.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/ask.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

/* Of one question: an import should not hold up policyd's other callers, and a
 * line of the protocol has an end. */
#define BATCH_DOMAINS 500
#define BATCH_OCTETS (POLICY_LINE_MAX / 2)

struct warm {
	struct map *known;
	struct buf list; /* each with a comma behind it */
};

struct warm *
warm_new(void)
{
	struct warm *w = xcalloc(1, sizeof(*w));

	w->known = map_new();
	return w;
}

void
warm_free(struct warm **wp)
{
	struct warm *w = *wp;

	if (!w)
		return;
	map_free(&w->known, NULL);
	buf_free(&w->list);
	free(w);
	*wp = NULL;
}

void
warm_add(struct warm *w, const char *address)
{
	const char *at = strrchr(address, '@');
	struct slice domain = slice_of(at ? at + 1 : "");

	if (domain.len == 0 || map_get(w->known, domain))
		return;
	(void)map_set(w->known, domain, w);
	buf_add_slice(&w->list, domain);
	buf_add_char(&w->list, ',');
}

size_t
warm_count(const struct warm *w)
{
	return map_count(w->known);
}

bool
warm_batch(const struct warm *w, size_t *pos, struct slice *list_r)
{
	struct slice all = slice_buf(&w->list);
	struct slice rest = {all.data + *pos, all.len - *pos}, domain;
	size_t n = 0, len = 0;

	if (rest.len == 0)
		return false;
	while (n < BATCH_DOMAINS && len < BATCH_OCTETS &&
	    slice_split(&rest, ',', &domain)) {
		len += domain.len + 1;
		n++;
	}
	*list_r = (struct slice){all.data + *pos, len - 1};
	*pos += len;
	return true;
}

static int
ask_some(struct ctl *ctl, struct slice domains)
{
	struct arena *arena = arena_new();
	struct policy_message answer;
	struct buf question = {0};
	int bad;

	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", "warm");
	policy_add(&question, "domains", domains);
	policy_end(&question);
	bad = ask_policyd(ctl, arena, slice_buf(&question), &answer);
	buf_free(&question);
	arena_free(&arena);
	return bad;
}

void
warm_ask(const struct warm *w, struct ctl *ctl)
{
	struct slice list;
	size_t pos = 0;

	while (warm_batch(w, &pos, &list))
		if (ask_some(ctl, list) != 0) {
			log_warnx("the recipients' mail servers are not "
				  "measured beforehand");
			return;
		}
}
