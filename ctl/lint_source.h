/* A template laid out for reading: its partials in their places, both sides of
 * every section, a mark for each variable; and of every octet the file and the
 * line that its author edits. */
#ifndef NEARPOST_CTL_LINT_SOURCE_H
#define NEARPOST_CTL_LINT_SOURCE_H

#include "ctl/lint_report.h"
#include "lib/mail/campaign.h"

/* Stands for a variable's value; U+E000 is nobody's letter. */
#define LINT_VALUE "\xee\x80\x80"

struct lint_branch { /* a section that something stands in */
	const struct lint_branch *up;
	const char *name;
	bool inverted;
};
struct lint_use { /* of a variable */
	const char *name;
	bool section;
	const struct lint_branch *in;
	struct lint_place at;
};
struct lint_piece { /* a stretch of the text that is from one place */
	size_t begin;
	struct lint_place at;
	bool whole; /* all of it is from that line: a value, what is made of
	             * settings */
	const struct lint_branch *in;
};
struct lint_source {
	struct arena *arena;
	struct lint_place at; /* where it begins */
	struct buf text; /* freed by lint_source_free */
	size_t *lines; /* where they begin, but for the first */
	size_t n_lines;
	struct lint_piece *pieces;
	size_t n_pieces, cap_pieces;
	struct lint_use *uses;
	size_t n_uses, cap_uses;
	bool shows_address; /* {{> postal_address}} is in it */
};

/* Finds a partial: its text and its file, in the arena; a file of NULL: it is
 * made of settings.  false: there is none. */
typedef bool (*lint_partial_fn)(const char *name, struct slice *text_r,
    const char **file_r, void *ctx);

/* text: that of a template that compiles (template.h); of another one as much
 * as can be read.  Never NULL. */
struct lint_source *lint_source_new(struct arena *arena, struct lint_place at,
    struct slice text, lint_partial_fn partial, void *ctx);
void lint_source_free(struct lint_source **s);

struct lint_place lint_source_place(const struct lint_source *s, size_t offset);
/* Can no advert have both, since one is in {{#x}} and the other in {{^x}}? */
bool lint_source_apart(const struct lint_source *s, size_t a, size_t b);

#endif
