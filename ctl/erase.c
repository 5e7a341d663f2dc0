/* nearpostctl erase: a person's data gone, and never mailed again. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/address_arg.h"
#include "ctl/ctl.h"
#include "ctl/journal.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/fleet/erase.h"
#include "lib/fleet/store_sync_erase.h"

#define PASSES_MAX 5
/* Policyds look four times a second, and write what they have within another. */
#define SETTLE_MS 1500
/* They ask for digests only once they know of one: before the record and its own
 * suppression go. */
#define KNOWN_MS 600

struct erasure {
	struct ctl *ctl;
	const char *address;
	bool dry_run;
	struct store_traces traces;
	size_t journals; /* files of `send` that name the address */
	int status;
};

static void
say(struct erasure *e, int status, const char *what, const char *why)
{
	log_warnx("%s: %s", what, why);
	e->status = status;
}

static bool
is_journal(const char *name)
{
	const char *at = strstr(name, ".journal");

	return at && (at[8] == '\0' || at[8] == '.');
}

static void
erase_from_journals(struct erasure *e)
{
	const char *path = e->ctl->config.send.state_directory;
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir && errno != ENOENT)
		say(e, EX_NOINPUT, path, strerrordesc_np(errno));
	while (dir && (entry = readdir(dir))) {
		char *file, *error = NULL;
		int n;

		if (!is_journal(entry->d_name))
			continue;
		file = xasprintf("%s/%s", path, entry->d_name);
		n = journal_forget(file, e->address, e->dry_run, &error);
		if (n < 0)
			say(e, EX_TEMPFAIL, file, error);
		e->journals += n > 0;
		free(error);
		free(file);
	}
	if (dir)
		(void)closedir(dir);
}

static size_t
count(const struct store_traces *t)
{
	size_t n = 0;

	for (int i = 0; i < TRACE_N; i++)
		n += t->n[i];
	return n;
}

static int
passes(struct store_sync *s, struct erasure *e)
{
	const struct timespec known = {0, KNOWN_MS * 1000000};
	const struct timespec settle = {SETTLE_MS / 1000,
	    SETTLE_MS % 1000 * 1000000};
	struct store_traces again = {{0}};
	int i;

	if (store_sync_erase_mark(s, e->address,
	    "the person's data was erased", clock_wall_ms()) < 0)
		return -1;
	(void)nanosleep(&known, NULL);
	/* Once, and once more for what was under way. */
	if (store_sync_erase(s, e->address, true, &e->traces) < 0)
		return -1;
	for (i = 0; i < PASSES_MAX; i++) {
		(void)nanosleep(&settle, NULL);
		if (store_sync_erase(s, e->address, true, &again) < 0)
			return -1;
		if (count(&again) == 0)
			return 0;
		for (int t = 0; t < TRACE_N; t++)
			e->traces.n[t] += again.n[t];
	}
	say(e, EX_TEMPFAIL, e->address, "something still writes this address; "
	    "is every policyd of this version?");
	return 0;
}

static void
erase_from_redis(struct erasure *e)
{
	char *error = NULL;
	struct store_sync *s =
	    store_sync_open(&e->ctl->config.policyd, &error);

	if (!s)
		say(e, EX_TEMPFAIL, "nothing was erased", error);
	else if ((e->dry_run ? store_sync_erase(s, e->address, false,
	    &e->traces) : passes(s, e)) < 0)
		say(e, EX_TEMPFAIL, "not all was erased; Redis",
		    store_sync_error(s));
	store_sync_close(&s);
	free(error);
}

static void
report_json(const struct erasure *e)
{
	struct json *root = json_begin();
	char digest[ERASE_DIGEST_SIZE];

	erase_digest(digest, e->address);
	json_add_bool(root, "dry_run", e->dry_run);
	json_add_text(root, "digest", slice_of(digest));
	for (int i = 0; i < TRACE_N; i++)
		json_add_int(root, trace_name((enum trace)i),
		    (int64_t)e->traces.n[i]);
	json_add_int(root, "journals", (int64_t)e->journals);
	json_add_bool(root, "done", e->status == EX_OK && !e->dry_run);
	json_print(&root);
}

static void
report(const struct erasure *e)
{
	static const char *const words[TRACE_N] = {
	    [TRACE_RECORD] = "record in the recipients' database",
	    [TRACE_SUPPRESSION] = "suppression by the address itself",
	    [TRACE_EVENT] = "events in the stream",
	    [TRACE_DECISION] = "adverts whose decision or delivery was kept",
	    [TRACE_DELIVERED] = "adverts whose deliveries were kept",
	    [TRACE_QUEUE] = "queue ids of such adverts",
	};
	char digest[ERASE_DIGEST_SIZE];

	if (e->ctl->json) {
		report_json(e);
		return;
	}
	puts(e->dry_run ? "would go:" : "gone:");
	for (int i = 0; i < TRACE_N; i++)
		printf("  %-45s %6zu\n", words[i], e->traces.n[i]);
	printf("  %-45s %6zu\n", "journals of send, on this host", e->journals);
	erase_digest(digest, e->address);
	printf("%s suppressed: %s\n"
	    "not ours to erase: the mail logs and mail queues of this host and "
	    "the gateways,\nRedis's append-only file until its next rewrite, "
	    "backups.\n", e->dry_run ? "would stay" : "stays", digest);
}

static int
usage(void)
{
	fputs("usage: nearpostctl erase ADDRESS [--dry-run] [--json]\n", stderr);
	return EX_USAGE;
}

int
erase_command(struct ctl *ctl, int argc, char **argv)
{
	struct erasure e = {.ctl = ctl};
	struct arena *arena = arena_new();
	const char *text = NULL;

	for (int i = 1; i < argc && e.status == EX_OK; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			e.dry_run = true;
		else if (argv[i][0] != '-' && !text)
			text = argv[i];
		else
			e.status = EX_USAGE;
	}
	if (e.status != EX_OK || !text) {
		e.status = usage();
	} else if (!(e.address = address_arg(arena, text))) {
		e.status = EX_USAGE;
	} else {
		erase_from_redis(&e);
		if (e.status != EX_TEMPFAIL) {
			erase_from_journals(&e);
			report(&e);
		}
	}
	arena_free(&arena);
	return e.status;
}
