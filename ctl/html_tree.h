/* An HTML text as mail programs see it (WHATWG HTML, section 13.2): its
 * elements and texts in the order of the document, each with its place in the
 * text.  Gatekeeper of libgumbo. */
#ifndef NEARPOST_CTL_HTML_TREE_H
#define NEARPOST_CTL_HTML_TREE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#define HTML_TREE_TEXT_MAX (16 * 1024 * 1024) /* octets */
#define HTML_TREE_MEMORY_MAX (256 * 1024 * 1024) /* octets, for its making */
#define HTML_TREE_OPEN_MAX 1000 /* tags within each other */
#define HTML_TREE_NONE ((size_t)-1)

struct html_attr {
	const char *name;  /* lower case */
	const char *value; /* character references resolved */
	size_t at; /* where the value begins in the text, else the name */
};
struct html_node {
	const char *tag;   /* lower case; NULL: a text */
	const char *text;  /* of a text, character references resolved */
	size_t at;         /* octets before it */
	size_t parent;     /* index, or HTML_TREE_NONE */
	size_t end;        /* index behind all that is in it */
	bool implied; /* no tag of its own in the text, or the copy of one */
	struct html_attr *attrs;
	size_t n_attrs;
};
struct html_tree {
	struct html_node *nodes; /* a parent before its children */
	size_t n;
};

/* Refuses no text for its faults, as no mail program does.  All of it is in the
 * arena, and offsets count in `text`, UTF-8.  NULL and *error_r (a phrase)
 * past a limit above. */
const struct html_tree *html_tree_parse(struct arena *arena, struct slice text,
    const char **error_r);
/* NULL when there is no such attribute. */
const struct html_attr *html_attr(const struct html_node *n, const char *name);
/* Its value, "" when there is none. */
const char *html_attr_value(const struct html_node *n, const char *name);
/* Is it an element with that tag? */
bool html_is(const struct html_node *n, const char *tag);
/* The first element of that tag from index `from` on that the text has itself;
 * HTML_TREE_NONE: there is none. */
size_t html_find(const struct html_tree *t, size_t from, const char *tag);

#endif
