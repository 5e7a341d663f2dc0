/* Names seen as paths.  In the tree's order all that is below a name stands
 * behind it in one stretch, so a node is two indices and an offset, and nothing
 * is built or allocated to walk the tree. */
#include "lib/mail/vars.h"

/* Cut the first part off a path. */
static inline struct slice
first_part(struct slice *path)
{
	const char *dot = path->len ? memchr(path->data, '.', path->len) : NULL;
	struct slice part = {
	    path->data, dot ? (size_t)(dot - path->data) : path->len};
	size_t used = part.len + (dot ? 1 : 0);

	*path = (struct slice){path->data + used, path->len - used};
	return part;
}

static inline bool
is_number(struct slice part)
{
	size_t i;

	for (i = 0; i < part.len; i++)
		if (part.data[i] < '0' || part.data[i] > '9')
			return false;
	return part.len == 1 || (part.len > 1 && part.data[0] != '0');
}

static int
part_cmp(struct slice a, struct slice b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	bool number = is_number(a);
	int r;

	if (number != is_number(b))
		return number ? -1 : 1;
	r = memcmp(a.data, b.data, least);
	/* Without leading zeros the longer number is the greater one. */
	if (a.len != b.len && (number || r == 0))
		r = a.len < b.len ? -1 : 1;
	return r;
}

/* below_is_same: a name below b counts as b. */
static int
path_cmp(struct slice a, struct slice b, bool below_is_same)
{
	int r = 0;

	while (r == 0 && a.len && b.len)
		r = part_cmp(first_part(&a), first_part(&b));
	if (r == 0 && b.len)
		r = -1;
	else if (r == 0 && a.len && !below_is_same)
		r = 1;
	return r;
}

int
vars_name_cmp(struct slice a, struct slice b)
{
	return path_cmp(a, b, false);
}

/* What a name has from there on; "" when it ends before. */
static inline struct slice
rest_of(const struct vars *v, uint32_t at, uint32_t from)
{
	struct slice name = slice_of(v->list[v->order[at]].name);

	if (name.len < from)
		return (struct slice){name.data, 0};
	return (struct slice){name.data + from, name.len - from};
}

/* The first place in the node that is not before the path; with past, that is
 * behind everything below it. */
static uint32_t
bound(const struct vars *v, struct vars_node at, struct slice path, bool past)
{
	uint32_t low = at.first, high = at.end, middle;

	while (low < high) {
		int r;

		middle = low + (high - low) / 2;
		r = path_cmp(rest_of(v, middle, at.from), path, true);
		if (r < 0 || (r == 0 && past))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct vars_node
vars_root(const struct vars *v)
{
	return (struct vars_node){0, (uint32_t)v->n, 0};
}

struct vars_node
vars_below(const struct vars *v, struct vars_node at, struct slice path)
{
	struct vars_node below = at;

	below.first = bound(v, at, path, false);
	below.end = below.first;
	below.from = at.from + (uint32_t)path.len + 1;
	/* Most names have nothing below them. */
	while (below.end < at.end && below.end < below.first + 2 &&
	       path_cmp(rest_of(v, below.end, at.from), path, true) == 0)
		below.end++;
	if (below.end == below.first + 2) {
		struct vars_node more = {below.end, at.end, at.from};

		below.end = bound(v, more, path, true);
	}
	return below;
}

/* Does the node's first name end with it? */
static bool
has_own(const struct vars *v, struct vars_node at)
{
	return at.first < at.end && at.from > 0 &&
	       strlen(v->list[v->order[at.first]].name) + 1 == at.from;
}

struct slice
vars_node_value(const struct vars *v, struct vars_node at)
{
	if (!has_own(v, at))
		return (struct slice){"", 0};
	return v->list[v->order[at.first]].value;
}

bool
vars_node_there(const struct vars *v, struct vars_node at)
{
	uint32_t i;

	for (i = at.first; i < at.end; i++)
		if (v->list[v->order[i]].value.len)
			return true;
	return false;
}

bool
vars_node_there_below(const struct vars *v, struct vars_node at)
{
	at.first += has_own(v, at) ? 1 : 0;
	return vars_node_there(v, at);
}

static bool
next_numbered(
    const struct vars *v, struct vars_node list, struct vars_node *item)
{
	uint32_t at = item->end;
	struct slice rest, part;

	if (at == 0)
		at = list.first + (has_own(v, list) ? 1 : 0);
	if (at >= list.end)
		return false;
	rest = rest_of(v, at, list.from);
	part = first_part(&rest);
	if (!is_number(part))
		return false;
	*item =
	    vars_below(v, (struct vars_node){at, list.end, list.from}, part);
	return true;
}

bool
vars_next_item(
    const struct vars *v, struct vars_node list, struct vars_node *item)
{
	while (next_numbered(v, list, item))
		if (vars_node_there(v, *item))
			return true;
	return false;
}

/* Is the name given here, or a list of that name? */
static bool
gives(const struct vars *v, struct slice name)
{
	struct vars_node at = vars_below(v, vars_root(v), name),
			 item = {0, 0, 0};

	return has_own(v, at) || next_numbered(v, at, &item);
}

bool
vars_hides(const struct vars *v, struct slice name)
{
	struct slice rest = name, part;
	bool hides = gives(v, name);

	while (!hides && rest.len) {
		part = first_part(&rest);
		if (part.data > name.data && is_number(part))
			hides =
			    gives(v, (struct slice){name.data,
					 (size_t)(part.data - name.data) - 1});
	}
	return hides;
}
