/*	E seq mark text      an event         K seq mark     arrived up to seq
 */
#include "gateway-agent/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"

struct event {
	STAILQ_ENTRY(event) next;
	int64_t seq;
	size_t len;
	char text[];
};

struct outbox {
	STAILQ_HEAD(, event) events;
	size_t n;
	uint64_t dropped;
	int64_t last_seq;
	char *mark;
	void (*record)(struct slice line, void *ctx);
	void *ctx;
};

struct outbox *
outbox_new(void (*record)(struct slice line, void *ctx), void *ctx)
{
	struct outbox *o = xcalloc(1, sizeof(*o));

	STAILQ_INIT(&o->events);
	o->mark = xstrdup("");
	o->record = record;
	o->ctx = ctx;
	return o;
}

static void
drop_first(struct outbox *o)
{
	struct event *e = STAILQ_FIRST(&o->events);

	STAILQ_REMOVE_HEAD(&o->events, next);
	o->n--;
	free(e);
}

void
outbox_free(struct outbox **op)
{
	struct outbox *o = *op;

	if (!o)
		return;
	while (o->n)
		drop_first(o);
	free(o->mark);
	free(o);
	*op = NULL;
}

int64_t
outbox_next_seq(const struct outbox *o, int64_t now_us)
{
	return now_us > o->last_seq ? now_us : o->last_seq + 1;
}

static void
set_mark(struct outbox *o, struct slice mark)
{
	free(o->mark);
	o->mark = xstrndup(mark.data ? mark.data : "", mark.len);
}

static void
push(struct outbox *o, int64_t seq, struct slice text)
{
	struct event *e = xmalloc(sizeof(*e) + text.len);

	e->seq = seq;
	e->len = text.len;
	if (text.len)
		memcpy(e->text, text.data, text.len);
	STAILQ_INSERT_TAIL(&o->events, e, next);
	if (seq > o->last_seq)
		o->last_seq = seq;
	if (++o->n > OUTBOX_MAX) {
		drop_first(o);
		o->dropped++;
	}
}

static void
write_event(struct buf *out, int64_t seq, const char *mark,
    struct slice text)
{
	buf_printf(out, "E %lld %s ", (long long)seq, *mark ? mark : "-");
	buf_add_slice(out, text);
}

void
outbox_add(struct outbox *o, int64_t seq, const char *mark,
    struct slice text)
{
	struct buf line = {0};

	push(o, seq, text);
	set_mark(o, slice_of(mark));
	write_event(&line, seq, mark, text);
	if (o->record)
		o->record(slice_buf(&line), o->ctx);
	buf_free(&line);
}

bool
outbox_next(const struct outbox *o, const void **pos, int64_t *seq_r,
    struct slice *text_r)
{
	const struct event *e = *pos;

	e = e ? STAILQ_NEXT(e, next) : STAILQ_FIRST(&o->events);
	if (!e)
		return false;
	*seq_r = e->seq;
	*text_r = (struct slice){e->text, e->len};
	*pos = e;
	return true;
}

static void
drop_upto(struct outbox *o, int64_t seq)
{
	while (o->n && STAILQ_FIRST(&o->events)->seq <= seq)
		drop_first(o);
}

/* The mark is told again, since the dump may have no event left to tell it. */
static void
write_ack(struct buf *out, int64_t seq, const char *mark)
{
	buf_printf(out, "K %lld %s", (long long)seq, *mark ? mark : "-");
}

void
outbox_acked(struct outbox *o, int64_t seq)
{
	struct buf line = {0};

	drop_upto(o, seq);
	write_ack(&line, seq, o->mark);
	if (o->record)
		o->record(slice_buf(&line), o->ctx);
	buf_free(&line);
}

size_t
outbox_count(const struct outbox *o)
{
	return o->n;
}

uint64_t
outbox_dropped(const struct outbox *o)
{
	return o->dropped;
}

const char *
outbox_mark(const struct outbox *o)
{
	return o->mark;
}

int
outbox_replay(struct outbox *o, struct slice line)
{
	struct slice word, mark;
	char kind;
	int64_t seq;

	if (!slice_split(&line, ' ', &word) || word.len != 1)
		return -1;
	kind = *word.data;
	if (!slice_split(&line, ' ', &word) ||
	    text_int(word, 0, INT64_MAX, &seq) != 0 ||
	    !slice_split(&line, ' ', &mark) || mark.len == 0)
		return -1;
	if (kind == 'K') {
		drop_upto(o, seq);
		if (seq > o->last_seq)
			o->last_seq = seq;
	} else if (kind == 'E' && line.len)
		push(o, seq, line);
	else
		return -1;
	set_mark(o, slice_eq_str(mark, "-") ? slice_of("") : mark);
	return 0;
}

void
outbox_dump(const struct outbox *o, struct buf *out)
{
	const struct event *e;

	STAILQ_FOREACH(e, &o->events, next) {
		write_event(out, e->seq, o->mark,
		    (struct slice){e->text, e->len});
		buf_add_char(out, '\n');
	}
	if (o->last_seq && !o->n) {
		write_ack(out, o->last_seq, o->mark);
		buf_add_char(out, '\n');
	}
}
