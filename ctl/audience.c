/* nearpostctl audience: asks the database who would get what; sends and changes
 * nothing. */
#include "config.h"

#include "ctl/audience.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/ctl.h"
#include "ctl/progress.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/fleet/store_sync.h"

struct run {
	const char *campaign, *dir; /* dir NULL: the asset set in use */
	const char *where[WHERE_MAX];
	size_t n_where;
	bool json;
	struct audience audience;
	struct progress bar;
};

static int
take(const char *address, const struct recipient *r, void *ctx)
{
	struct run *run = ctx;

	audience_take(&run->audience, address, r);
	return 0;
}

static void
progress(size_t done, size_t total, void *ctx)
{
	struct run *run = ctx;

	run->bar.total = total;
	progress_show(&run->bar, done, clock_mono_ms());
}

static int
count(struct run *run, struct ctl *ctl)
{
	const struct store_sync_records to = {take, progress, run};
	int64_t began_ms = clock_mono_ms();
	struct buf out = {0};
	struct store_sync *s;
	char *error = NULL;
	double seconds;
	int rc;

	s = store_sync_open(&ctl->config.policyd, &error);
	if (!s) {
		log_warnx("%s", error);
		free(error);
		return EX_TEMPFAIL;
	}
	run->bar = (struct progress){.what = run->campaign,
	    .unit = "recipients", .started_ms = began_ms};
	rc = store_sync_records(s, &to);
	progress_end(&run->bar, run->bar.total, clock_mono_ms());
	seconds = (double)(clock_mono_ms() - began_ms) / 1000;
	if (rc < 0)
		log_warnx("Redis: %s", store_sync_error(s));
	else if (run->json)
		audience_json(&run->audience, seconds, &out);
	else
		audience_print(&run->audience, seconds, &out);
	if (out.len)
		(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	store_sync_close(&s);
	return rc < 0 ? EX_TEMPFAIL : EX_OK;
}

/* As policyd has it: the file that is in the MANIFEST.  In a directory that
 * somebody works on there may be none yet. */
static struct campaign *
load(const struct run *run, struct ctl *ctl, char **error_r)
{
	const char *dir = ctl->config.policyd.assets;
	struct manifest *m;
	struct campaign *c;

	if (run->dir)
		return campaign_load(run->dir, run->campaign, NULL, error_r);
	m = manifest_load(dir, error_r);
	if (!m)
		return NULL;
	c = campaign_load(dir, run->campaign, m, error_r);
	manifest_free(&m);
	return c;
}

static int
usage(void)
{
	fputs("usage: nearpostctl audience CAMPAIGN [--where CONDITION]... "
	      "[--json]\n           [--assets DIR]\n"
	      "Counts who would get which creative; nothing is sent.\n", stderr);
	return EX_USAGE;
}

static int
parse_args(struct run *run, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--json") == 0)
			run->json = true;
		else if (strcmp(argv[i], "--assets") == 0 && next)
			run->dir = argv[++i];
		else if (strcmp(argv[i], "--where") == 0 && next &&
		    run->n_where < WHERE_MAX)
			run->where[run->n_where++] = argv[++i];
		else if (argv[i][0] != '-' && !run->campaign)
			run->campaign = argv[i];
		else
			return -1;
	}
	return run->campaign ? 0 : -1;
}

int
audience_command(struct ctl *ctl, int argc, char **argv)
{
	struct run run = {0};
	struct where *where = NULL;
	struct campaign *c;
	char *error = NULL;
	int status;

	if (parse_args(&run, argc, argv) < 0)
		return usage();
	c = load(&run, ctl, &error);
	if (c)
		where = where_new(run.where, run.n_where, c, &error);
	if (where) {
		audience_init(&run.audience, c, where, clock_wall_ms());
		status = count(&run, ctl);
		audience_free(&run.audience);
	} else {
		log_warnx("%s", error);
		status = c ? EX_USAGE : EX_DATAERR;
	}
	free(error);
	where_free(&where);
	campaign_free(&c);
	return status;
}
