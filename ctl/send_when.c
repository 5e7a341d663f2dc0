/* When `nearpostctl send` begins, and what it would do. */
#include "config.h"

#include "ctl/send.h"

#include <stdio.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/base/text.h"

#define AHEAD_MAX_MS (INT64_C(366) * DATE_DAY_MS)
#define STEP_MS 1000

int
send_when(struct slice text, int64_t now_ms, int64_t *at_ms_r)
{
	struct moment m;
	int64_t ms;

	if (text.len > 1 && text.data[0] == '+') {
		text = (struct slice){text.data + 1, text.len - 1};
		if (text_duration_ms(text, 1, AHEAD_MAX_MS, &ms) < 0)
			return -1;
		*at_ms_r = now_ms + ms;
		return 0;
	}
	if (date_parse(text, &m) < 0 || m.ms <= now_ms ||
	    m.ms - now_ms > AHEAD_MAX_MS)
		return -1;
	*at_ms_r = m.ms;
	return 0;
}

/* By the wall clock, which may be set meanwhile: hence in small steps. */
bool
send_wait_until(int64_t at_ms)
{
	int64_t left_ms, left_s;
	char when[32];

	clock_minute(when, sizeof(when), at_ms);
	fprintf(stderr, "waiting until %s UTC; Ctrl-C ends it\n", when);
	while (!send_stopped() && (left_ms = at_ms - clock_wall_ms()) > 0) {
		struct timespec step = {0};

		if (left_ms > STEP_MS)
			left_ms = STEP_MS;
		step.tv_sec = left_ms / 1000;
		step.tv_nsec = left_ms % 1000 * 1000000;
		left_s = (at_ms - clock_wall_ms()) / 1000;
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r%lld:%02lld:%02lld to go ",
			    (long long)left_s / 3600,
			    (long long)left_s / 60 % 60,
			    (long long)left_s % 60);
		(void)nanosleep(&step, NULL);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return !send_stopped();
}

int
send_tell(const struct send *s)
{
	size_t n = lineup_left(s->lineup);
	char size[32], when[32];
	struct json *root;

	if (s->ctl->json) {
		root = json_begin();
		json_add_text(root, "campaign", slice_of(s->campaign));
		json_add_int(root, "recipients", (int64_t)s->matched);
		json_add_int(root, "to_send", (int64_t)n);
		json_add_int(root, "before", (int64_t)s->before);
		json_add_int(root, "refused", (int64_t)s->refused_before);
		json_add_int(root, "uncertain", (int64_t)s->uncertain);
		if (s->at_ms)
			json_add_int(root, "at_ms", s->at_ms);
		json_print(&root);
		return EX_OK;
	}
	printf("%zu recipients: %zu stubs would be sent, %zu were before, %zu "
	    "refused, %zu uncertain\n", s->matched, n, s->before,
	    s->refused_before, s->uncertain);
	if (s->at_ms) {
		clock_minute(when, sizeof(when), s->at_ms);
		printf("from %s UTC on\n", when);
	}
	if (s->max_per_h) {
		text_human_rate(size, sizeof(size),
		    (double)s->max_per_h / 3600);
		printf("at %s: %.0f minutes\n", size,
		    (double)n * 60 / (double)s->max_per_h);
	}
	puts("nothing was sent; nearpostctl audience says which creative they "
	     "would get");
	return EX_OK;
}
