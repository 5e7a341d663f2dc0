/* A doctor that writes down what it says, for the tests of its judgement. */
#ifndef NEARPOST_TESTS_DOCTOR_SAID_H
#define NEARPOST_TESTS_DOCTOR_SAID_H

#include "tests/unit/unit.h"

#include <stdarg.h>

#include "ctl/doctor.h"

static struct doctor d;
static struct buf said; /* "0 subject: text\n", 0 for FINDING_OK */

void
doctor_say(struct doctor *to, enum finding what, const char *subject,
    const char *fmt, ...)
{
	va_list ap;

	to->count[what]++;
	buf_printf(&said, "%d %s: ", (int)what, subject);
	va_start(ap, fmt);
	buf_vprintf(&said, fmt, ap);
	va_end(ap);
	buf_add_char(&said, '\n');
}

static void
set_up(void)
{
	memset(&d, 0, sizeof(d));
	d.arena = arena_new();
	buf_add_str(&said, "");
}

static void
tear_down(void)
{
	arena_free(&d.arena);
	buf_free(&said);
}

/* The worst finding is this, and the text is in what was said. */
static void
check(const char *name, enum finding worst, const char *says)
{
	enum finding got = d.count[FINDING_FAIL] ? FINDING_FAIL :
	    d.count[FINDING_WARN] ? FINDING_WARN : FINDING_OK;

	ck_assert_msg(got == worst, "%s: %s", name, said.data);
	ck_assert_msg(strstr(said.data, says) != NULL, "%s: \"%s\" is not in %s",
	    name, says, said.data);
}

#endif
