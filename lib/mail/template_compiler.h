/* A template while it is compiled: what template.c, template_section.c and
 * template_partial.c share; nobody else's business. */
#ifndef NEARPOST_MAIL_TEMPLATE_COMPILER_H
#define NEARPOST_MAIL_TEMPLATE_COMPILER_H

#include "lib/mail/html_place.h"
#include "lib/mail/mustache.h"
#include "lib/mail/template_program.h"

struct source { /* a template's text, or a partial's */
	const char *name;
	struct mustache in;
	size_t base;               /* depth where it began */
	const struct source *from; /* includes this one */
};

struct section { /* or a partial that is being copied in: no sigil */
	struct slice name;
	char sigil;
	size_t at; /* in its source, for the error */
	size_t op;
	struct html_place begin;  /* where its body begins the first time */
	struct html_place again;  /* ... and further times, in a list */
	struct html_place beside; /* where one is when it is passed over */
	struct mustache body;     /* to read it once more */
	size_t text_len;          /* before it */
};

struct compiler {
	struct template *t;
	enum template_place place;
	template_partial_fn partial;
	void *ctx;
	struct html_place html;
	struct section sections[TEMPLATE_DEPTH_MAX];
	size_t depth;   /* sections and partials that are open */
	size_t read;    /* octets of source, each use of a partial counts */
	size_t barrier; /* an op someone jumps to: text before it is closed */
	struct {        /* the section closed last */
		char sigil;
		uint32_t name;
		size_t end_op;
		struct html_place open;
	} last;
	char *error;
};

static inline bool
template_scans(const struct compiler *c)
{
	return c->place == TEMPLATE_HTML || c->place == TEMPLATE_URL;
}

/* -1 always, for the caller to return. */
int template_fail(struct compiler *c, const struct source *src, size_t at,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
struct op *template_emit(
    struct compiler *c, enum op_kind kind, size_t a, size_t b);
/* Another len octets of source are read.  -1: too many. */
int template_count(
    struct compiler *c, const struct source *src, size_t at, size_t len);
/* Index of the tag's name, or OP_DOT, in *index_r. */
int template_intern(struct compiler *c, const struct source *src,
    const struct mustache_tag *tag, uint32_t *index_r);
/* A whole text. */
int template_source(struct compiler *c, struct source *src);

int template_on_section(
    struct compiler *c, struct source *src, const struct mustache_tag *tag);
int template_on_close(
    struct compiler *c, struct source *src, const struct mustache_tag *tag);
int template_on_partial(
    struct compiler *c, struct source *src, const struct mustache_tag *tag);

#endif
