/* nearpostctl print: the MTA's side of nearpost, from nearpost.conf.
 *
 * What stands in main.cf already is read with postconf(1) and merged, so that
 * the printed lines can replace the old ones as they are and printing twice
 * changes nothing.  The why of each line is printed with it, for the admin. */
#include "config.h"

#include "ctl/print.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/run.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define POSTFIX_DIR "/etc/postfix"

enum compiler { NO_COMPILER = 0, POSTMAP, MAKEMAP };

struct table {
	const char *name;
	void (*write)(const struct print *p, struct buf *out);
	bool initiator, gateway; /* whose table it is */
	bool sendmail;           /* of this MTA, else of Postfix */
	const char *file;        /* beside nearpost.conf; NULL = it is none */
	enum compiler compiler;
};

static const struct table tables[] = {
	{"transport", print_transport, true, true, false, "transport", POSTMAP},
	{"stub_checks", print_stub_checks, true, true, false, "stub_checks",
	    NO_COMPILER},
	{"recipient_access", print_recipient_access, true, true, false,
	    "recipient_access", NO_COMPILER},
	{"reply_filter", print_reply_filter, true, false, false,
	    "reply_filter", NO_COMPILER},
	{"received_checks", print_received_checks, false, true, false,
	    "received_checks", NO_COMPILER},
	{"main", print_main, true, true, false, NULL, NO_COMPILER},
	{"master", print_master, true, true, false, NULL, NO_COMPILER},
	{"mailertable", print_mailertable, true, false, true, "mailertable",
	    MAKEMAP},
	{"sendmail", print_sendmail, true, true, true, "sendmail.m4",
	    NO_COMPILER},
};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

const char *
print_postfix_dir(void)
{
	const char *dir = getenv("MAIL_CONFIG");

	return dir && *dir ? dir : POSTFIX_DIR;
}

/* The relay domain with its dots quoted, for the regexp tables. */
void
print_quoted_domain(const struct print *p, struct buf *out)
{
	for (const char *s = p->config->relay_domain; *s; s++) {
		if (*s == '.')
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
}

/* What postconf says of a parameter now; "" when it has nothing. */
char *
print_existing(const struct print *p, const char *name)
{
	const char *argv[] = {"postconf", "-c", p->postfix_dir, "-h", name,
	    NULL};
	struct buf out = {0};
	struct slice value;
	char *s;

	if (!p->postfix_dir || run_capture(argv, &out) != 0) {
		buf_free(&out);
		return xstrdup("");
	}
	value = slice_trim(slice_buf(&out));
	s = xstrndup(value.data ? value.data : "", value.len);
	buf_free(&out);
	return s;
}

const char *
print_behind(const char *old, const char *ours)
{
	size_t n = strlen(ours);

	if (strncmp(old, ours, n) == 0 &&
	    (old[n] == '\0' || strchr(", \t\n", old[n])))
		return old + n + strspn(old + n, ", \t\n");
	return old;
}

char *
print_others(const struct print *p, const char *name, const char *ours)
{
	char *old = print_existing(p, name);
	char *rest = xstrdup(print_behind(old, ours));

	free(old);
	return rest;
}

/* "name = ours, what was there before", ours only once. */
void
print_merged(const struct print *p, struct buf *out, const char *name,
    const char *ours)
{
	char *others = print_others(p, name, ours);

	buf_printf(out, "%s = %s%s%s\n", name, ours, *others ? ", " : "",
	    others);
	free(others);
}

static void
tell_file(const char *path, enum compiler compiler)
{
	if (compiler == POSTMAP)
		printf("%s (now run: postmap %s)\n", path, path);
	else if (compiler == MAKEMAP)
		printf("%s (now run: makemap hash %s <%s)\n", path, path, path);
	else
		printf("%s\n", path);
}

/* A list of hosts has one mailer, and a mailer one port. */
static int
check_sendmail(const struct print *p)
{
	const struct config_gateway *g = p->config->gateways.items;

	for (size_t i = 1; !p->gateway && i < p->config->gateways.n; i++)
		if (g[i].port != g[0].port) {
			log_warnx("gateway %s has port %lld and %s %lld: Sendmail "
			    "cannot pass from one to the other; give all gateways "
			    "one port", g[0].id, (long long)g[0].port, g[i].id,
			    (long long)g[i].port);
			return -1;
		}
	return 0;
}

/* The MTA's files beside nearpost.conf. */
static int
write_tables(const struct print *p)
{
	if (p->sendmail && check_sendmail(p) < 0)
		return EX_CONFIG;
	for (size_t i = 0; i < N_TABLES; i++) {
		const struct table *t = &tables[i];
		struct buf text = {0};
		char *path;
		int bad;

		if (!t->file || t->sendmail != p->sendmail ||
		    !(p->gateway ? t->gateway : t->initiator))
			continue;
		t->write(p, &text);
		path = xasprintf("%s/%s", p->dir, t->file);
		bad = file_write(path, slice_buf(&text), 0644);
		if (bad)
			log_warn("%s", path);
		else
			tell_file(path, t->compiler);
		free(path);
		buf_free(&text);
		if (bad)
			return EX_CANTCREAT;
	}
	return EX_OK;
}

static int
usage(void)
{
	fputs("usage: nearpostctl print main|master|transport|stub_checks|"
	      "recipient_access|\n"
	      "           reply_filter|received_checks [initiator|gateway]\n"
	      "           [--postfix DIR]\n"
	      "       nearpostctl print sendmail|mailertable "
	      "[initiator|gateway]\n"
	      "       nearpostctl print tables [--sendmail] [initiator|gateway]   "
	      "writes the\n"
	      "           files of Postfix or Sendmail beside nearpost.conf\n",
	    stderr);
	return EX_USAGE;
}

static int
parse_args(struct print *p, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "initiator") == 0)
			p->gateway = false;
		else if (strcmp(argv[i], "gateway") == 0)
			p->gateway = true;
		else if (strcmp(argv[i], "--postfix") == 0 && i + 1 < argc)
			p->postfix_dir = argv[++i];
		else if (strcmp(argv[i], "--sendmail") == 0)
			p->sendmail = true;
		else
			return -1;
	}
	if (p->gateway && !*p->config->agent.id) {
		log_warnx("this host is no gateway: nearpost.conf has no agent "
		          "{ id = ... }");
		return -1;
	}
	return 0;
}

/* Without what main.cf says the printed lines would undo the admin's settings.
 * A machine that has no Postfix has nothing to lose. */
static int
find_postfix(struct print *p)
{
	const char *argv[] = {"postconf", "-c", p->postfix_dir, "-h",
	    "mail_version", NULL};
	struct buf out = {0};
	int status = run_capture(argv, &out);

	buf_free(&out);
	if (status == 0)
		return 0;
	if (strcmp(p->postfix_dir, POSTFIX_DIR) == 0 &&
	    access(POSTFIX_DIR "/main.cf", F_OK) < 0) {
		log_warnx("no " POSTFIX_DIR "/main.cf: nothing is merged");
		p->postfix_dir = NULL;
		return 0;
	}
	log_warnx("postconf -c %s does not answer, and without what main.cf says "
	          "now the lines would be wrong; --postfix DIR names another "
	          "directory", p->postfix_dir);
	return -1;
}

static int
print_one(struct print *p, const char *name)
{
	for (size_t i = 0; i < N_TABLES; i++) {
		struct buf out = {0};

		if (strcmp(tables[i].name, name) != 0)
			continue;
		if (!(p->gateway ? tables[i].gateway : tables[i].initiator)) {
			log_warnx("%s has no %s",
			    p->gateway ? "a gateway" : "an initiator", name);
			return EX_USAGE;
		}
		if (tables[i].sendmail && check_sendmail(p) < 0)
			return EX_CONFIG;
		if (!tables[i].file && find_postfix(p) < 0)
			return EX_UNAVAILABLE;
		tables[i].write(p, &out);
		(void)fwrite(out.data, 1, out.len, stdout);
		buf_free(&out);
		return EX_OK;
	}
	return usage();
}

int
print_command(struct ctl *ctl, int argc, char **argv)
{
	struct print p = {.config = &ctl->config,
	    .postfix_dir = print_postfix_dir()};
	char *path = xstrdup(ctl->config_path);
	int status;

	p.dir = dirname(path);
	p.gateway = *ctl->config.agent.id != '\0';
	if (argc < 2 || parse_args(&p, argc, argv) < 0)
		status = usage();
	else if (strcmp(argv[1], "tables") == 0)
		status = write_tables(&p);
	else
		status = print_one(&p, argv[1]);
	free(path);
	return status;
}
