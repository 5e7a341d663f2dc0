#include "config.h"

#include "ctl/lookup.h"

#include <stdlib.h>

#define ANSWER_MS 5000

struct lookup {
	struct loop *loop;
	struct dns *dns;
	struct arena *arena; /* of the question under way */
	void *answer_r;
};

struct lookup *
lookup_new(const char *servers, char **error_r)
{
	struct lookup *l = xcalloc(1, sizeof(*l));

	l->loop = loop_new();
	l->dns = dns_new(l->loop, servers, ANSWER_MS, error_r);
	if (!l->dns)
		lookup_free(&l);
	return l;
}

void
lookup_free(struct lookup **l)
{
	if (!*l)
		return;
	dns_free(&(*l)->dns);
	loop_free(&(*l)->loop);
	free(*l);
	*l = NULL;
}

static void
on_mx(const struct dns_mx_answer *a, void *ctx)
{
	struct lookup *l = ctx;

	*(struct dns_mx_answer *)l->answer_r = *a;
	loop_stop(l->loop);
}

static void
on_addr(const struct dns_addr_answer *a, void *ctx)
{
	struct lookup *l = ctx;

	*(struct dns_addr_answer *)l->answer_r = *a;
	loop_stop(l->loop);
}

static void
on_text(const struct dns_text_answer *a, void *ctx)
{
	struct lookup *l = ctx;
	struct dns_text_answer *to = l->answer_r;

	*to = *a;
	for (int i = 0; i < to->n; i++)
		to->text[i] = arena_strdup(l->arena, a->text[i]);
	loop_stop(l->loop);
}

void
lookup_mx(struct lookup *l, const char *domain, struct dns_mx_answer *a_r)
{
	l->answer_r = a_r;
	dns_mx(l->dns, domain, on_mx, l);
	loop_run(l->loop);
}

void
lookup_addr(struct lookup *l, const char *host, struct dns_addr_answer *a_r)
{
	l->answer_r = a_r;
	dns_addr(l->dns, host, on_addr, l);
	loop_run(l->loop);
}

void
lookup_txt(struct lookup *l, struct arena *arena, const char *name,
    struct dns_text_answer *a_r)
{
	l->arena = arena;
	l->answer_r = a_r;
	dns_txt(l->dns, name, on_text, l);
	loop_run(l->loop);
}

void
lookup_ptr(struct lookup *l, struct arena *arena,
    const struct sockaddr_storage *addr, struct dns_text_answer *a_r)
{
	l->arena = arena;
	l->answer_r = a_r;
	dns_ptr(l->dns, addr, on_text, l);
	loop_run(l->loop);
}
