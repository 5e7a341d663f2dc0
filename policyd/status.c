#include "policyd/status.h"

#include "policyd/catalogue.h"
#include "policyd/measures.h"
#include "policyd/tally.h"

static const char *
not_ready(const struct policyd *p)
{
	const struct gateways *all = &p->fleet.gateways;
	int slot;

	if (!p->catalogue)
		return "no asset set is loaded";
	if (!store_ready(p->store))
		return "Redis does not answer";
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot] &&
		    tally_verdict(p, all->slot[slot]) == SCORE_ELIGIBLE)
			return NULL;
	return "no gateway is alive and holds our asset set";
}

int
status_page(const char *path, struct http_reply *r, void *ctx)
{
	const struct policyd *p = ctx;
	const char *why;

	if (strcmp(path, "/metrics") == 0) {
		r->type = "text/plain; version=0.0.4; charset=utf-8";
		measures_write(p, &r->body);
		return 200;
	}
	if (strcmp(path, "/healthz") == 0) {
		buf_add_str(&r->body, "ok\n");
		return 200;
	}
	if (strcmp(path, "/readyz") == 0) {
		why = not_ready(p);
		buf_printf(&r->body, "%s\n", why ? why : "ready");
		return why ? 503 : 200;
	}
	buf_add_str(&r->body, "there are /metrics, /healthz and /readyz\n");
	return 404;
}
