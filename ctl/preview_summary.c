#include "config.h"

#include <string.h>

#include "ctl/preview.h"
#include "lib/base/text.h"
#include "lib/mail/target.h"

static void
add_row(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%-10s%s\n", name, value);
}

/* The field as a reader's program shows it. */
static void
add_field(const struct advert *a, const char *name, struct buf *out)
{
	for (size_t i = 0; i < a->n_headers; i++) {
		struct buf value = {0};

		if (strcmp(a->headers[i].name, name) != 0)
			continue;
		header_decode(&value, slice_of(a->headers[i].value));
		add_row(out, name, value.data ? value.data : "");
		buf_free(&value);
	}
}

/* Do both stand for the same recipients, by weight? */
static bool
same_people(const struct creative *a, const struct creative *b)
{
	if (!a->target || !b->target)
		return a->target == b->target && a->fallback == b->fallback;
	return strcmp(target_text(a->target), target_text(b->target)) == 0;
}

static void
add_split(const struct preview *p, struct buf *out)
{
	const struct creative *all = p->campaign->creatives.items;
	int64_t sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < p->campaign->creatives.n; i++) {
		if (!same_people(&all[i], p->creative))
			continue;
		sum += all[i].weight;
		n++;
	}
	if (n > 1)
		buf_printf(out, ", one of %zu by weight: %lld of %lld", n,
		    (long long)p->creative->weight, (long long)sum);
}

static void
add_creative(const struct preview *p, struct buf *out)
{
	const struct creative *c = p->creative;

	buf_printf(out, "%-10s%s, ", "Creative", c->name);
	if (p->args->creative)
		buf_add_str(out, "as asked for");
	else if (c->target)
		buf_printf(out, "when %s", c->when);
	else
		buf_add_str(out, "for everybody else");
	if (!p->args->creative)
		add_split(p, out);
	buf_add_char(out, '\n');
}

static void
add_part(struct buf *out, const char *how, const char *type, size_t bytes,
    const char *name)
{
	char size[32];

	text_human_bytes(size, sizeof(size), (int64_t)bytes);
	buf_printf(out, "  %-10s %-26s %9s  %s\n", how, type, size, name);
}

void
preview_summary(const struct preview *p, struct buf *out)
{
	const struct asset_creative *c = p->parts;
	char size[32];

	add_field(&p->advert, "Date", out);
	add_field(&p->advert, "From", out);
	add_field(&p->advert, "Reply-To", out);
	add_field(&p->advert, "To", out);
	add_field(&p->advert, "Subject", out);
	add_row(out, "Bounces", *p->advert.bounce ? p->advert.bounce
	                                          : "to the stub's sender");
	add_creative(p, out);
	text_human_bytes(size, sizeof(size), (int64_t)p->advert.body_size);
	add_row(out, "Size", size);
	if (c->text)
		add_part(out, "text", "text/plain", p->text.len,
		    c->creative->text);
	if (c->html)
		add_part(out, "html", "text/html", p->html.len,
		    c->creative->html);
	for (size_t i = 0; i < c->n_inlined; i++)
		add_part(out, "inline", c->inlined[i].type,
		    c->inlined[i].base64.len, c->inlined[i].name);
	for (size_t i = 0; i < c->n_attached; i++)
		add_part(out, "attached", c->attached[i].type,
		    c->attached[i].base64.len, c->attached[i].name);
}
