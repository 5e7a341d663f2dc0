#include "config.h"

#include "ctl/preview.h"
#include "lib/mail/assets_creative.h"

static const struct asset_part *
part_of(const struct asset_creative *parts, struct slice name)
{
	for (size_t i = 0; i < parts->n_inlined; i++)
		if (slice_eq_str(name, parts->inlined[i].name))
			return &parts->inlined[i];
	return NULL;
}

static void
add_base64(struct buf *out, struct slice lines)
{
	struct slice line;

	buf_reserve(out, lines.len);
	while (slice_split(&lines, '\n', &line))
		buf_add_slice(out, slice_trim(line));
}

void
preview_page(const struct asset_creative *parts, struct slice html,
    struct buf *out)
{
	size_t at = 0, done = 0;
	struct slice name;

	while (asset_next_cid(html, &at, &name)) {
		const struct asset_part *p = part_of(parts, name);
		size_t cid = at - name.len - strlen("cid:");

		if (!p)
			continue;
		buf_add(out, html.data + done, cid - done);
		buf_printf(out, "data:%s;base64,", p->type);
		add_base64(out, p->base64);
		done = at;
	}
	buf_add(out, html.data + done, html.len - done);
}
