#include "policyd/status.h"

#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/mem.h"
#include "policyd/catalogue.h"
#include "policyd/measures.h"
#include "policyd/page.h"
#include "policyd/status_html.h"
#include "policyd/tables.h"
#include "policyd/tally.h"

#define SAME_MS 500 /* who asks more often is told the same again */

struct told {
	struct buf text;
	int64_t at_ms; /* loop time; 0 = never */
};
struct status {
	struct policyd *p;
	struct page *page;
	struct told html, json;
};

static void
write_html(struct status *s, struct buf *out)
{
	const char *unknown = page_render(s->page, tables_write, s->p, out);

	if (unknown)
		log_warnx("status page: there are no rows \"%s\"", unknown);
}

static void
write_json(struct status *s, struct buf *out)
{
	tables_json(s->p, out);
}

static void
tell(struct status *s, struct told *t,
    void (*write)(struct status *s, struct buf *out), struct buf *out)
{
	int64_t now_ms = loop_mono_ms(s->p->loop);

	if (t->at_ms == 0 || now_ms - t->at_ms >= SAME_MS) {
		buf_clear(&t->text);
		write(s, &t->text);
		t->at_ms = now_ms;
	}
	buf_add_slice(out, slice_buf(&t->text));
}

static int
front_page(struct status *s, struct http_reply *r)
{
	r->type = "text/html; charset=utf-8";
	r->policy = page_policy(s->page);
	tell(s, &s->html, write_html, &r->body);
	return 200;
}

static int
front_json(struct status *s, struct http_reply *r)
{
	r->type = "application/json";
	tell(s, &s->json, write_json, &r->body);
	return 200;
}

static int
metrics(struct status *s, struct http_reply *r)
{
	r->type = "text/plain; version=0.0.4; charset=utf-8";
	measures_write(s->p, &r->body);
	return 200;
}

static int
healthz(struct status *s, struct http_reply *r)
{
	(void)s;
	buf_add_str(&r->body, "ok\n");
	return 200;
}

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

static int
readyz(struct status *s, struct http_reply *r)
{
	const char *why = not_ready(s->p);

	buf_printf(&r->body, "%s\n", why ? why : "ready");
	return why ? 503 : 200;
}

static const struct {
	const char *path;
	int (*answer)(struct status *s, struct http_reply *r);
} routes[] = {
    {"/", front_page},
    {"/status.json", front_json},
    {"/metrics", metrics},
    {"/healthz", healthz},
    {"/readyz", readyz},
};
#define N_ROUTES (sizeof(routes) / sizeof(routes[0]))

int
status_answer(const char *path, struct http_reply *r, void *ctx)
{
	size_t i;

	for (i = 0; i < N_ROUTES; i++)
		if (strcmp(path, routes[i].path) == 0)
			return routes[i].answer(ctx, r);
	buf_add_str(&r->body, "there are /, /status.json, /metrics, /healthz and "
			      "/readyz\n");
	return 404;
}

struct status *
status_new(struct policyd *p)
{
	struct status *s = xcalloc(1, sizeof(*s));
	char *error = NULL;

	s->p = p;
	s->page = page_new((struct slice){(const char *)status_html,
	    status_html_size}, &error);
	if (!s->page)
		fatalx(EX_SOFTWARE, "status page: %s", error);
	return s;
}

void
status_free(struct status **sp)
{
	struct status *s = *sp;

	if (!s)
		return;
	*sp = NULL;
	page_free(&s->page);
	buf_free(&s->html.text);
	buf_free(&s->json.text);
	free(s);
}
