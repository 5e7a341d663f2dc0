#include "policyd/turns.h"

#include <stddef.h>

void
turns_init(struct turns *s)
{
	TAILQ_INIT(&s->urgent);
	TAILQ_INIT(&s->others);
	s->under_way = 0;
}

static struct turn_list *
line_of(struct turns *s, const struct turn *t)
{
	return t->urgent ? &s->urgent : &s->others;
}

void
turns_add(struct turns *s, struct turn *t, bool urgent)
{
	t->urgent = urgent;
	t->waiting = true;
	TAILQ_INSERT_TAIL(line_of(s, t), t, link);
}

static void
take_out(struct turns *s, struct turn *t)
{
	TAILQ_REMOVE(line_of(s, t), t, link);
	t->waiting = false;
}

void
turns_hurry(struct turns *s, struct turn *t)
{
	if (!t->waiting || t->urgent)
		return;
	take_out(s, t);
	turns_add(s, t, true);
}

struct turn *
turns_next(struct turns *s)
{
	struct turn *t = NULL;

	if (s->under_way < TURNS_URGENT_MAX)
		t = TAILQ_FIRST(&s->urgent);
	if (!t && s->under_way < TURNS_MAX)
		t = TAILQ_FIRST(&s->others);
	if (t) {
		take_out(s, t);
		s->under_way++;
	}
	return t;
}

void
turns_done(struct turns *s)
{
	s->under_way--;
}

struct turn *
turns_drop(struct turns *s)
{
	struct turn *t = TAILQ_FIRST(&s->urgent);

	if (!t)
		t = TAILQ_FIRST(&s->others);
	if (t)
		take_out(s, t);
	return t;
}
