#include "config.h"

#include "ctl/doctor.h"

#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ctl/print.h"
#include "ctl/run.h"
#include "lib/base/log.h"

#define SENDMAIL_CF "/etc/mail/sendmail.cf"

struct check {
	const char *title;
	void (*run)(struct doctor *d);
	bool initiator, gateway;
};

static const struct check checks[] = {
	{"MTA", doctor_mta_initiator, true, false},
	{"MTA", doctor_mta_gateway, false, true},
	{"Sockets", doctor_sockets, true, true},
	{"Keys and certificates", doctor_keys, true, true},
	{"DNS", doctor_dns, true, true},
	{"Asset set", doctor_assets, true, true},
	{"policyd, Redis, gateways, clocks", doctor_policyd, true, false},
};

void
doctor_say(struct doctor *d, enum finding what, const char *subject,
    const char *fmt, ...)
{
	static const char *const words[] = {"ok  ", "warn", "FAIL"};
	va_list ap;

	d->count[what]++;
	printf("  %s  %-26s ", words[what], subject);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
}

const char *
doctor_postconf(struct doctor *d, const char *name)
{
	const char *main_cf[] = {"postconf", "-c", d->postfix_dir, "-xh", name,
	    NULL};
	const char *master_cf[] = {"postconf", "-c", d->postfix_dir, "-xPh",
	    name, NULL};
	struct buf out = {0};
	struct slice value;
	const char *text = NULL;

	if (run_capture(strchr(name, '/') ? master_cf : main_cf, &out) == 0 &&
	    out.len) {
		value = slice_trim(slice_buf(&out));
		text = arena_strndup(d->arena, value.data, value.len);
	}
	buf_free(&out);
	return text;
}

int
doctor_command(struct ctl *ctl, int argc, char **argv)
{
	char *path = xstrdup(ctl->config_path);
	struct doctor d = {.ctl = ctl, .postfix_dir = print_postfix_dir(),
	    .gateway = *ctl->config.agent.id != '\0'};

	if (argc == 3 && strcmp(argv[1], "--postfix") == 0) {
		d.postfix_dir = argv[2];
	} else if (argc > 1 && argc <= 3 && strcmp(argv[1], "--sendmail") == 0) {
		d.sendmail_cf = argc == 3 ? argv[2] : SENDMAIL_CF;
	} else if (argc != 1) {
		fputs("usage: nearpostctl doctor [--postfix DIR | --sendmail "
		      "[FILE]]\n", stderr);
		free(path);
		return EX_USAGE;
	}
	d.arena = arena_new();
	d.dir = dirname(path);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!(d.gateway ? checks[i].gateway : checks[i].initiator))
			continue;
		printf("%s\n", checks[i].title);
		checks[i].run(&d);
	}
	printf("%u right, %u to look at, %u to mend\n", d.count[FINDING_OK],
	    d.count[FINDING_WARN], d.count[FINDING_FAIL]);
	arena_free(&d.arena);
	free(path);
	return d.count[FINDING_FAIL] ? 1 : EX_OK;
}
