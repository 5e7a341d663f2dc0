#include "config.h"

#include "ctl/doctor.h"

#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ctl/print.h"
#include "ctl/row_json.h"
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
	{"Probes by SMTP", doctor_smtp, true, true},
	{"Signatures", doctor_signing, false, true},
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
	static const char *const names[] = {"ok", "warn", "fail"};
	struct buf text = {0};
	struct json *one;
	va_list ap;

	d->count[what]++;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (d->list) {
		one = json_add_object(d->list, NULL);
		json_add_text(one, "check", slice_of(d->title));
		json_add_text(one, "finding", slice_of(names[what]));
		json_add_text(one, "subject", slice_of(subject));
		json_add_text(one, "text", slice_buf(&text));
	} else {
		printf("  %s  %-26s %s\n", words[what], subject, text.data);
	}
	buf_free(&text);
}

static void
sum_up(const struct doctor *d, struct json **root)
{
	if (!*root) {
		printf("%u right, %u to look at, %u to mend\n",
		    d->count[FINDING_OK], d->count[FINDING_WARN],
		    d->count[FINDING_FAIL]);
		return;
	}
	json_add_int(*root, "right", d->count[FINDING_OK]);
	json_add_int(*root, "to_look_at", d->count[FINDING_WARN]);
	json_add_int(*root, "to_mend", d->count[FINDING_FAIL]);
	json_print(root);
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

/* Its argument may be left out: what comes next is an option then, or nothing. */
static int
take_sendmail(struct doctor *d, int i, int argc, char **argv)
{
	bool named = i + 1 < argc && argv[i + 1][0] != '-';

	d->sendmail_cf = named ? argv[i + 1] : SENDMAIL_CF;
	return named ? i + 1 : i;
}

static int
parse_args(struct doctor *d, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char **to = strcmp(argv[i], "--postfix") == 0 ?
		    &d->postfix_dir : strcmp(argv[i], "--probe-mx") == 0 ?
		    &d->probe_mx : NULL;

		if (strcmp(argv[i], "--sendmail") == 0)
			i = take_sendmail(d, i, argc, argv);
		else if (to && i + 1 < argc)
			*to = argv[++i];
		else
			return -1;
	}
	return 0;
}

int
doctor_command(struct ctl *ctl, int argc, char **argv)
{
	struct doctor d = {.ctl = ctl, .postfix_dir = print_postfix_dir(),
	    .gateway = *ctl->config.agent.id != '\0'};
	struct json *root = NULL;
	char *path;

	if (parse_args(&d, argc, argv) < 0) {
		fputs("usage: nearpostctl doctor [--postfix DIR | --sendmail "
		      "[FILE]]\n           [--probe-mx DOMAIN] [--json]\n",
		    stderr);
		return EX_USAGE;
	}
	d.arena = arena_new();
	path = xstrdup(ctl->config_path);
	if (ctl->json) {
		root = json_begin();
		d.list = json_add_list(root, "findings");
	}
	d.dir = dirname(path);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!(d.gateway ? checks[i].gateway : checks[i].initiator))
			continue;
		d.title = checks[i].title;
		if (!d.list)
			printf("%s\n", d.title);
		checks[i].run(&d);
	}
	sum_up(&d, &root);
	arena_free(&d.arena);
	free(path);
	return d.count[FINDING_FAIL] ? 1 : EX_OK;
}
