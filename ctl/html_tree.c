/* libgumbo and not libxml2: it reads HTML as the living standard has it, and
 * says of every attribute where it stands, also beyond line 65535.
 *
 * Its memory is ours, in an arena that dies with the tree: gumbo frees a tree
 * by recursion, once for each level.  A text made for it can take it very long,
 * with many tags within each other, and very much memory, since <p> opens anew
 * what <b> and its like stand open; so there is a limit to both. */
#include "config.h"

#include "ctl/html_tree.h"

#include <gumbo.h>
#include <setjmp.h>
#include <strings.h>

struct memory {
	struct arena *arena;
	size_t used;
	jmp_buf full; /* gumbo's functions know of no failure */
};

static void *
take(void *userdata, size_t size)
{
	struct memory *m = userdata;

	if (size > HTML_TREE_MEMORY_MAX - m->used)
		longjmp(m->full, 1);
	m->used += size;
	return arena_alloc(m->arena, size);
}

static void
give_back(void *userdata, void *p)
{
	(void)userdata;
	(void)p;
}

struct build {
	struct arena *arena;
	struct slice text;
	struct html_tree *tree;
	size_t cap;
};

static size_t
offset_of(const struct build *b, const char *at)
{
	return at && at >= b->text.data && at <= b->text.data + b->text.len
	    ? (size_t)(at - b->text.data) : HTML_TREE_NONE;
}

static const GumboVector *
children_of(const GumboNode *n)
{
	switch (n->type) {
	case GUMBO_NODE_DOCUMENT:
		return &n->v.document.children;
	case GUMBO_NODE_ELEMENT:
	case GUMBO_NODE_TEMPLATE:
		return &n->v.element.children;
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_CDATA:
	case GUMBO_NODE_COMMENT:
	case GUMBO_NODE_WHITESPACE:
	default:
		return &kGumboEmptyVector;
	}
}

static struct html_attr *
read_attrs(const struct build *b, const GumboElement *e)
{
	struct html_attr *attrs = arena_alloc(b->arena,
	    e->attributes.length * sizeof(*attrs));
	unsigned int i;

	for (i = 0; i < e->attributes.length; i++) {
		const GumboAttribute *a = e->attributes.data[i];

		attrs[i].name = a->name;
		attrs[i].value = a->value;
		attrs[i].at = offset_of(b, a->original_value.length
		    ? a->original_value.data : a->original_name.data);
	}
	return attrs;
}

static const char *
tag_of(const struct build *b, const GumboElement *e)
{
	GumboStringPiece name = e->original_tag;
	char *tag;
	size_t i;

	if (e->tag != GUMBO_TAG_UNKNOWN)
		return gumbo_normalized_tagname(e->tag);
	gumbo_tag_from_original_text(&name);
	tag = arena_strndup(b->arena, name.data ? name.data : "", name.length);
	for (i = 0; i < name.length; i++)
		if (tag[i] >= 'A' && tag[i] <= 'Z')
			tag[i] = (char)(tag[i] | 0x20);
	return tag;
}

static void
read_element(const struct build *b, const GumboNode *from, struct html_node *to)
{
	const GumboElement *e = &from->v.element;

	to->tag = tag_of(b, e);
	to->attrs = read_attrs(b, e);
	to->n_attrs = e->attributes.length;
	to->at = offset_of(b, e->original_tag.length ? e->original_tag.data
	                                              : NULL);
	to->implied = e->original_tag.length == 0 || (from->parse_flags &
	    (GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT |
	        GUMBO_INSERTION_ADOPTION_AGENCY_CLONED)) != 0;
}

static struct html_node *
add(struct build *b)
{
	struct html_node *more;

	if (b->tree->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		more = arena_alloc(b->arena, b->cap * sizeof(*more));
		if (b->tree->n)
			memcpy(more, b->tree->nodes,
			    b->tree->n * sizeof(*more));
		b->tree->nodes = more;
	}
	return &b->tree->nodes[b->tree->n++];
}

/* Comments are left out, also those of which Outlook reads the inside. */
static bool
read_node(struct build *b, const GumboNode *from, size_t parent)
{
	struct html_node *to;
	size_t before = parent == HTML_TREE_NONE ? 0
	                                         : b->tree->nodes[parent].at;

	if (from->type == GUMBO_NODE_COMMENT ||
	    from->type == GUMBO_NODE_DOCUMENT)
		return false;
	to = add(b);
	to->parent = parent;
	if (from->type == GUMBO_NODE_ELEMENT ||
	    from->type == GUMBO_NODE_TEMPLATE) {
		read_element(b, from, to);
	} else {
		to->text = from->v.text.text;
		to->at = offset_of(b, from->v.text.original_text.data);
	}
	if (to->at == HTML_TREE_NONE)
		to->at = before;
	return true;
}

/* Without recursion, however deep it is. */
static void
flatten(struct build *b, const GumboNode *root)
{
	const GumboNode *n = root;
	size_t parent = HTML_TREE_NONE;

	for (;;) {
		bool is_node = read_node(b, n, parent);
		size_t self = is_node ? b->tree->n - 1 : HTML_TREE_NONE;

		if (children_of(n)->length) {
			if (is_node)
				parent = self;
			n = children_of(n)->data[0];
			continue;
		}
		if (is_node)
			b->tree->nodes[self].end = b->tree->n;
		while (n != root && n->index_within_parent + 1 >=
		    children_of(n->parent)->length) {
			n = n->parent;
			if (n == root)
				break;
			b->tree->nodes[parent].end = b->tree->n;
			parent = b->tree->nodes[parent].parent;
		}
		if (n == root)
			return;
		n = children_of(n->parent)->data[n->index_within_parent + 1];
	}
}

static const GumboNode *
read_text(struct memory *m, struct slice text)
{
	GumboOptions options = kGumboDefaultOptions;

	options.allocator = take;
	options.deallocator = give_back;
	options.userdata = m;
	options.max_errors = 0;
	if (setjmp(m->full))
		return NULL;
	return gumbo_parse_with_options(&options, text.data, text.len)
	    ->document;
}

static bool
is_void(const char *name, size_t len)
{
	static const char *const tags[] = {"area", "base", "br", "col", "embed",
	    "hr", "img", "input", "link", "meta", "source", "track", "wbr"};
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (slice_caseeq_str((struct slice){name, len}, tags[i]))
			return true;
	return false;
}

/* A guess from above: what nobody closes is taken to stay open. */
static bool
is_too_deep(struct slice s)
{
	size_t i, len, open = 0;

	for (i = 0; i + 1 < s.len; i++) {
		char c = s.data[i + 1];

		if (s.data[i] != '<')
			continue;
		if (c == '/' && open > 0)
			open--;
		if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			continue;
		for (len = 1; i + 1 + len < s.len &&
		     !strchr(" \t\r\n\f/>", s.data[i + 1 + len]); len++)
			;
		if (!is_void(s.data + i + 1, len) &&
		    ++open > HTML_TREE_OPEN_MAX)
			return true;
	}
	return false;
}

const struct html_tree *
html_tree_parse(struct arena *arena, struct slice text, const char **error_r)
{
	struct memory m = {.arena = arena};
	struct build b = {.arena = arena, .text = text};
	const GumboNode *document;

	if (!text.data)
		b.text = slice_of("");
	*error_r = "is more than 16 MB of HTML; make it smaller";
	if (text.len > HTML_TREE_TEXT_MAX)
		return NULL;
	*error_r =
	    "has more than 1000 tags that nothing closes; close them, or make "
	    "it simpler";
	if (is_too_deep(b.text))
		return NULL;
	document = read_text(&m, b.text);
	*error_r = "has too many tags within each other; make it simpler";
	if (!document)
		return NULL;
	b.tree = arena_alloc(arena, sizeof(*b.tree));
	flatten(&b, document);
	return b.tree;
}

const struct html_attr *
html_attr(const struct html_node *n, const char *name)
{
	size_t i;

	for (i = 0; i < n->n_attrs; i++)
		if (strcmp(n->attrs[i].name, name) == 0)
			return &n->attrs[i];
	return NULL;
}

const char *
html_attr_value(const struct html_node *n, const char *name)
{
	const struct html_attr *a = html_attr(n, name);

	return a ? a->value : "";
}

bool
html_is(const struct html_node *n, const char *tag)
{
	return n->tag && strcmp(n->tag, tag) == 0;
}

size_t
html_find(const struct html_tree *t, size_t from, const char *tag)
{
	size_t i;

	for (i = from; i < t->n; i++)
		if (html_is(&t->nodes[i], tag) && !t->nodes[i].implied)
			return i;
	return HTML_TREE_NONE;
}
